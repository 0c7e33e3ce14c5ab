"""What a pass does about configuration: old maps, missing maps, and maps that are refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.shared import SHARED_CONFIG
from microservice_operator.engine.queue import Key
from microservice_operator.errors import Again, QuotaExceeded
from microservice_operator.model.labels import TRACK
from tests import apps
from tests.apps import IMAGE, body
from tests.unit.engine.answers import refused
from tests.unit.engine.world import KEY, failing

if TYPE_CHECKING:
    from tests.unit.engine.world import Operator, World

REPLICA_SETS = "GET /apis/apps/v1/namespaces/shop/replicasets"
MAPS = "/api/v1/namespaces/shop/configmaps"
ALL_WELL = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}


def change(operator: Operator, world: World, **config: Any) -> str:
    """Another configuration comes and is rolled out; the name of its map."""
    world.app = apps.app(config=config)
    generation = operator.body["metadata"]["generation"] + 1
    spec = {"image": IMAGE, "config": config}
    operator.touch(spec=spec, metadata={"generation": generation})
    operator.run()
    operator.pods(**ALL_WELL)
    return world.app.config.data_map


def share(operator: Operator, name: str, **data: str) -> None:
    """The watch tells of a shared ConfigMap."""
    metadata = {"name": name, "namespace": "shop"}
    operator.shared.seen(SHARED_CONFIG, json.dumps({"metadata": metadata, "data": data}).encode())


@pytest.fixture
def old(operator: Operator, world: World) -> str:
    """The map of a configuration that was replaced just now; no ReplicaSet is left of it."""
    world.says["replicasets"] = lambda _: {"items": []}
    name = change(operator, world, data={"A": "1"})
    operator.run()
    change(operator, world, data={"A": "2"})
    return name


def test_an_old_map_goes_right_before_its_rollout_is_called_done(
    operator: Operator, world: World, old: str
) -> None:
    """Once: afterwards the status says so, and nothing is listed any more."""
    operator.run()

    assert world.api.lines[:2] == [REPLICA_SETS, f"DELETE {MAPS}/{old}"]
    assert len(world.api.sent) == 3
    assert operator.condition("Available")["status"] == "True"
    operator.run()
    assert world.api.sent == []


def test_an_old_map_that_is_used_stays_without_its_bytes(
    operator: Operator, world: World, old: str
) -> None:
    """They may be a megabyte, and nobody compares them; wanted again, it is applied once more."""
    pod = {"containers": [{"envFrom": [{"configMapRef": {"name": old}}]}]}
    labels = {"labels": {TRACK: "stable"}}
    found = {"metadata": labels, "spec": {"template": {"spec": pod}}, "status": {}}
    world.says["replicasets"] = lambda _: {"items": [found]}
    there = world.store.at("ConfigMap", "shop", old)
    assert there is not None
    there.raw = b"{}"

    operator.run()

    assert world.asked("DELETE") == []
    assert [there.raw, there.verified] == [None, None]
    change(operator, world, data={"A": "1"})
    assert f"PATCH {MAPS}/{old}" in world.api.lines


def test_nothing_is_listed_where_nothing_is_left(operator: Operator, world: World) -> None:
    """The first rollout of an app has no past."""
    change(operator, world, data={"A": "1"})

    operator.run()

    assert world.asked("GET") == []
    assert operator.condition("Available")["status"] == "True"


def test_a_list_that_fails_repeats_the_pass(operator: Operator, world: World, old: str) -> None:
    """Nothing goes, and the rollout is not called done before somebody has tidied up."""
    world.says["replicasets"] = failing(refused(503))

    with pytest.raises(Again):
        operator.run()

    assert world.api.lines == [REPLICA_SETS]
    assert world.store.at("ConfigMap", "shop", old) is not None


def test_what_a_missing_map_held_last_stays_in_use(operator: Operator, world: World) -> None:
    """Children are kept and changed with it, and the condition says what is missing."""
    share(operator, "settings", A="1")
    change(operator, world, shared=["settings"])
    operator.run()
    before = {each.name: each.version for each in world.store.of(apps.UID)}
    metadata = {"name": "settings", "namespace": "shop"}
    operator.shared.gone(SHARED_CONFIG, json.dumps({"metadata": metadata}).encode())

    operator.run()

    assert len(world.api.sent) == 1
    assert operator.condition("Applied")["reason"] == "ConfigMissing"
    assert {each.name: each.version for each in world.store.of(apps.UID)} == before
    world.gone("Deployment")
    operator.run()
    assert "Deployment" in world.asked("PATCH")
    share(operator, "settings", A="1")
    operator.run()
    assert operator.condition("Applied")["status"] == "True"


def test_a_map_that_was_never_seen_holds_what_depends_on_it(
    operator: Operator, world: World
) -> None:
    """Nobody knows what would have to be made; the other children do not wait."""
    operator.touch(spec={"image": IMAGE, "config": {"shared": ["settings"]}})
    operator.run()

    assert operator.condition("Applied")["reason"] == "ConfigMissing"
    assert "Deployment" not in world.asked("PATCH")
    assert "Service" in world.asked("PATCH")


def test_pods_that_come_back_are_no_rollout(operator: Operator, world: World, old: str) -> None:
    """The ReplicaSets were listed for this template already."""
    pod = {"containers": [{"envFrom": [{"configMapRef": {"name": old}}]}]}
    labels = {"labels": {TRACK: "stable"}}
    found = {"metadata": labels, "spec": {"template": {"spec": pod}}, "status": {}}
    world.says["replicasets"] = lambda _: {"items": [found]}
    operator.run()
    assert REPLICA_SETS in world.api.lines
    for ready in (0, 1):
        operator.pods(**{**ALL_WELL, "readyReplicas": ready, "availableReplicas": ready})
        operator.run()

    assert operator.condition("Available")["status"] == "True"
    assert REPLICA_SETS not in world.api.lines


def test_a_map_that_is_refused_holds_the_deployment(operator: Operator, world: World) -> None:
    """Its pods would not start, or start with what a stranger has put there."""
    world.says["configmaps"] = failing(refused(422))

    change(operator, world, data={"A": "1"})

    assert world.asked("PATCH") == ["ConfigMap", "Service", "ServiceAccount"]
    assert operator.condition("Applied")["reason"] == "Rejected"


def test_a_map_concerns_those_who_use_it(operator: Operator, world: World) -> None:
    """Also those whose map is missing; an app that has left is nobody."""
    users = operator.reconciler.users
    assert users("shop", "settings") == []
    change(operator, world, shared=["settings", "limits"])

    assert users("shop", "settings") == users("shop", "limits") == [KEY]
    assert users("shop", "other") == users("bank", "settings") == []
    operator.reconciler.forget(KEY)
    assert users("shop", "settings") == []


def test_a_map_may_concern_whoever_is_not_understood(operator: Operator) -> None:
    """It may be too large, and made smaller: then nobody knows who uses it but all may."""
    operator.touch(spec={"image": ""}, metadata={"generation": 2})
    operator.run()

    assert operator.reconciler.users("shop", "settings") == [KEY]
    other = body("other") | {"spec": {"image": ""}}
    assert Key("shop", other["metadata"]["name"]) not in operator.reconciler.users("shop", "x")


def test_pods_do_not_wait_for_a_dashboard(world: World) -> None:
    """It is for people: a namespace without room for it still gets its app."""
    world.app = apps.meshed(observability={"dashboard": "Create"})
    world.says["configmaps"] = failing(refused(403, "exceeded quota: maps"))

    assert isinstance(world.converge().error, QuotaExceeded)
    assert "Deployment" in world.asked("PATCH")
