"""What a pass does about the children of versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.api.mesh import MeshSettings
from microservice_operator.cluster.definitions import Definitions
from microservice_operator.engine.arrivals import LOOK_EVERY, Arrivals
from microservice_operator.engine.execution import KINDS
from microservice_operator.engine.tracks import Tracks
from microservice_operator.errors import NameTaken
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.model.kinds import AUTOSCALER, VIRTUAL_SERVICE
from microservice_operator.platform import Settings
from tests import apps
from tests.apps import IMAGE
from tests.unit.engine.world import KEY, World, owned_by

if TYPE_CHECKING:
    from tests.unit.engine.answers import Sent
    from tests.unit.engine.world import Operator

VERSION: dict[str, Any] = {"name": "v2", "image": "registry.example/orders:2.0.0"}
SETTLE = 5.0
DATA: dict[str, Any] = {"config": {"data": {"A": "1"}}}


@pytest.fixture
def meshed(operator: Operator, world: World) -> Operator:
    """An operator in a cluster with Istio."""
    definitions = Definitions([VIRTUAL_SERVICE], lambda: None)
    definitions.there = frozenset({VIRTUAL_SERVICE})
    operator.reconciler.definitions = definitions
    operator.reconciler.arrivals = Arrivals(world.store, lambda: world.now)
    return operator


def spec(*versions: dict[str, Any]) -> dict[str, Any]:
    """A spec with these versions."""
    return {"image": IMAGE, "versions": list(versions)}


def names(world: World, method: str) -> set[str]:
    """What was asked with this method, as kind and name."""
    paths = [sent.path.split("/") for sent in world.api.sent if sent.method == method]
    plurals = {kind.plural: kind.name for kind in KINDS.values()}
    return {f"{plurals[path[-2]]}/{path[-1]}" for path in paths if path[-2] in plurals}


def serving(world: World, name: str, ready: int = 1) -> None:
    """The watch tells that so many pods of a workload are ready."""
    there = world.store.at("Deployment", "shop", name)
    assert there is not None
    app = understand(apps.body(**spec({**VERSION, "weight": 10})), apps.OPEN, Facts(mesh=True))
    manifest = apps.children(app)[f"Deployment{name.removeprefix('orders')}"]
    live = world.accepted(manifest) | {"status": {"readyReplicas": ready}}
    live["metadata"]["uid"] = there.uid
    world.store.seen(KINDS["Deployment"], json.dumps(live).encode())


def test_a_version_under_the_name_of_a_microservice_is_not_begun(world: World) -> None:
    """Nothing of it is made, and all else is; its other children would be in somebody's way."""
    app = apps.app(versions=[{**VERSION, **DATA, "replicas": 2}])
    theirs = world.accepted(apps.children(apps.app("orders-v2"))["Deployment"])
    theirs["metadata"] |= owned_by("Microservice", "orders-v2")
    world.store.seen(KINDS["Deployment"], json.dumps(theirs).encode())
    world.app = app

    converged = world.converge()

    assert isinstance(converged.error, NameTaken)
    assert "Microservice/orders-v2" in str(converged.error)
    assert {"Deployment/orders", "Service/orders"} <= names(world, "PATCH")
    assert not [name for name in names(world, "PATCH") if "-v2" in name]


def test_the_maps_of_a_version_go_with_it(world: World) -> None:
    """No rollback leads back to a version that is not there; the stable one's stay."""
    world.app = apps.app(**DATA, versions=[{**VERSION, "config": {"data": {"A": "2"}}}])
    world.converge()
    world.app = apps.app()

    converged = world.converge()

    gone = names(world, "DELETE")
    assert {"Deployment/orders-v2", "Service/orders-v2"} <= gone
    assert any(name.startswith("ConfigMap/orders-v2-config-") for name in gone)
    assert [key.name.rpartition("-")[0] for key in converged.surplus] == ["orders-config"]


def test_a_version_gets_its_share_in_time_and_goes_in_time(meshed: Operator, world: World) -> None:
    """The pass itself knows when to come back."""
    routes: list[Any] = []

    def keep(sent: Sent) -> object:
        routes.append(sent.body)
        return world.accepted(sent.body) if sent.method == "PATCH" else {}

    world.says[VIRTUAL_SERVICE.plural] = keep
    meshed.touch(spec=spec({**VERSION, "weight": 10}), metadata={"generation": 2})
    meshed.run()
    assert len(routes[-1]["spec"]["http"][0]["route"]) == 1
    assert meshed.condition("Routed")["reason"] == "Settling"

    serving(world, "orders-v2")
    assert meshed.run() == world.now + SETTLE
    assert meshed.condition("Routed")["reason"] == "Settling"

    world.now += SETTLE
    meshed.run()
    assert [each["weight"] for each in routes[-1]["spec"]["http"][0]["route"]] == [90, 10]
    assert meshed.body["status"]["traffic"] == "v1 90, v2 10"
    assert meshed.condition("Routed")["reason"] == "Meshed"

    meshed.touch(spec=spec(), metadata={"generation": 3})
    assert meshed.run() == world.now + SETTLE
    assert names(world, "DELETE") == {"VirtualService/orders"}
    world.now += 60
    world.store.gone(VIRTUAL_SERVICE, json.dumps(world.accepted(routes[0])).encode())
    meshed.run()
    assert not names(world, "DELETE")
    world.now += SETTLE
    meshed.run()
    assert names(world, "DELETE") >= {"Deployment/orders-v2", "Service/orders-v2"}


def test_a_version_whose_time_runs_out_during_a_pass_is_not_forgotten(
    meshed: Operator, world: World
) -> None:
    """A route that we have written ourselves is no news, so nothing else leads to another pass."""
    limits: dict[str, Any] = {"resilience": {"timeout": "3s"}}
    meshed.reconciler.settings = Settings(mesh=MeshSettings(settle="0s"))
    for _ in range(2):
        meshed.touch(spec=spec({**VERSION, "weight": 10}) | limits, metadata={"generation": 2})
        meshed.run()
        serving(world, "orders-v2")
    meshed.run()
    assert meshed.body["status"]["traffic"] == "v1 90, v2 10"

    meshed.touch(spec=spec() | limits, metadata={"generation": 3})
    again_at = meshed.run()

    assert names(world, "DELETE") == set()
    assert again_at == world.now + LOOK_EVERY
    world.now = again_at
    meshed.run()
    assert names(world, "DELETE") >= {"Deployment/orders-v2", "Service/orders-v2"}


def test_the_autoscaler_that_does_not_decide_is_told(world: World) -> None:
    """Of several the first one that is blind or missing; that of the stable version if none is."""
    scaled: dict[str, Any] = {"scaling": {"max": 4}, "resources": {"requests": {"cpu": "1"}}}
    app = apps.app(**scaled, versions=[VERSION])
    tracks = Tracks(world.store, KEY, app.uid, app)

    def told() -> tuple[str, bool]:
        found = tracks.autoscaler()
        assert found is not None
        return found.name, found.decides

    def seen(name: str, **status: Any) -> None:
        live = world.accepted(apps.children(app)[f"HorizontalPodAutoscaler{name}"])
        world.store.seen(AUTOSCALER, json.dumps({**live, "status": status}).encode())

    assert told() == ("orders", False)
    seen("")
    assert told() == ("orders-v2", False)
    seen("-v2")
    assert told() == ("orders", True)
    blind = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}
    seen("-v2", conditions=[blind])
    assert told() == ("orders-v2", False)
