"""When new routes may lead to a track, and when its children may go."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.api.mesh import MeshSettings
from microservice_operator.cluster.store import Store
from microservice_operator.engine.arrivals import Arrivals
from microservice_operator.engine.execution import KINDS
from microservice_operator.resources import desired
from tests import apps
from tests.unit.engine.world import KEY

if TYPE_CHECKING:
    from microservice_operator.model import App

VERSION = {"name": "v2", "image": "registry.example/orders:2.0.0", "weight": 10}
LIMITS = {"limits": {"connections": 9}}
SETTLE = 5.0


class Mesh:
    """The children of one app, and the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.store = Store(lambda *_, **__: None)
        self.settings = MeshSettings()
        self.arrivals = Arrivals(self.store, lambda: self.now)
        self._version = 1

    def live(self, app: App, *, ready: int = 1, without: tuple[str, ...] = ()) -> None:
        """All its children are there, with as many ready pods each, but for those kinds."""
        for manifest in desired(app):
            if manifest["kind"] not in without:
                self.seen(manifest, status={"readyReplicas": ready})

    def seen(self, manifest: Any, **more: Any) -> None:
        """The watch tells of a child."""
        self._version += 1
        name = manifest["metadata"]["name"]
        metadata = {"uid": f"{manifest['kind']}-{name}", "resourceVersion": str(self._version)}
        whole = {**manifest, **more, "metadata": {**manifest["metadata"], **metadata}}
        self.store.seen(KINDS[manifest["kind"]], json.dumps(whole).encode())

    def arrived(self) -> set[str]:
        """Who has arrived."""
        return set(self.arrivals.arrived(KEY, apps.UID, self.settings))

    def held(self, app: App) -> dict[str, float]:
        """Who must not go."""
        return dict(self.arrivals.held(KEY, app, self.settings))


@pytest.fixture
def mesh() -> Mesh:
    """An empty one."""
    return Mesh()


def awaiting(app: App) -> App:
    """The app, none of whose versions has arrived."""
    return replace(app, versions=tuple(replace(each, arrived=False) for each in app.versions))


def test_a_version_arrives_when_the_mesh_had_time_to_learn_of_it(mesh: Mesh) -> None:
    """Counted from the moment in which all of it is there, its first ready pod included."""
    app = apps.meshed(versions=[VERSION])
    mesh.live(awaiting(app), ready=0, without=("VirtualService",))
    assert mesh.arrived() == set()

    mesh.now += 60
    mesh.live(awaiting(app), without=("VirtualService",))
    assert mesh.arrived() == set()
    assert mesh.arrivals.due(KEY, awaiting(app), mesh.settings) == mesh.now + SETTLE

    mesh.now += SETTLE - 0.1
    assert mesh.arrived() == set()
    mesh.now += 0.1
    assert mesh.arrived() == {"orders", "orders-v2"}
    assert mesh.arrivals.due(KEY, app, mesh.settings) is None


def test_who_is_made_complete_by_a_pass_is_looked_at_again(mesh: Mesh) -> None:
    """The Service may come last, and of what we have written ourselves nobody tells us."""
    app = awaiting(apps.meshed(versions=[VERSION]))
    mesh.live(app, without=("Service", "VirtualService"))
    assert mesh.arrived() == set()
    assert mesh.arrivals.due(KEY, app, mesh.settings) is None

    mesh.live(app, without=("VirtualService",))
    assert mesh.arrivals.due(KEY, app, mesh.settings) == mesh.now + SETTLE


def test_without_a_time_to_settle_a_ready_pod_is_enough(mesh: Mesh) -> None:
    """Somebody may be in a hurry."""
    mesh.settings = MeshSettings(settle="0s")
    mesh.live(apps.meshed(versions=[VERSION]))

    assert mesh.arrived() == {"orders", "orders-v2"}


def test_what_comes_later_begins_anew(mesh: Mesh) -> None:
    """A DestinationRule that was refused at first, or a pod that was lost meanwhile."""
    app = awaiting(apps.meshed(versions=[VERSION], resilience=LIMITS))
    mesh.live(app, without=("DestinationRule", "VirtualService"))
    mesh.arrived()
    mesh.now += SETTLE - 1
    mesh.live(app, without=("VirtualService",))
    assert mesh.arrived() == set()

    mesh.now += SETTLE - 1
    assert mesh.arrived() == set()
    mesh.live(app, ready=0, without=("VirtualService",))
    assert mesh.arrived() == set()
    mesh.now += SETTLE
    mesh.live(app, without=("VirtualService",))
    assert mesh.arrived() == set()


def test_whom_a_live_route_leads_to_has_arrived(mesh: Mesh) -> None:
    """Also right after a restart, and also without a pod: no share is shifted silently."""
    mesh.live(apps.meshed(versions=[VERSION]), ready=0)

    assert mesh.arrived() == {"orders", "orders-v2"}


def test_only_the_stable_version_may_want_no_pods(mesh: Mesh) -> None:
    """A route to it is what somebody asked for; a share of its requests for nobody is not."""
    app = apps.meshed(replicas=0, versions=[{**VERSION, "replicas": 0}])
    mesh.live(awaiting(app), ready=0, without=("VirtualService",))
    mesh.arrived()
    mesh.now += SETTLE

    assert mesh.arrived() == {"orders"}


def test_children_of_a_predecessor_do_not_count(mesh: Mesh) -> None:
    """Another object of the name is another app."""
    mesh.live(apps.meshed())
    mesh.arrivals.arrived(KEY, apps.UID, mesh.settings)
    mesh.now += SETTLE

    assert mesh.arrivals.arrived(KEY, "another", mesh.settings) == set()
    assert mesh.arrived() == set()


def test_who_is_routed_to_is_held_and_a_while_longer(mesh: Mesh) -> None:
    """First the routes go, then nobody asks there any more, then the children go."""
    before, after = apps.meshed(versions=[VERSION]), apps.meshed()
    mesh.live(before)

    assert mesh.held(before) == {}
    assert mesh.held(after) == {"v2": mesh.now + SETTLE}
    mesh.now += 60
    assert mesh.held(after) == {"v2": mesh.now + SETTLE}

    [route] = (each for each in desired(before) if each["kind"] == "VirtualService")
    mesh.seen({**route, "spec": {"hosts": ["orders"]}})
    until = mesh.now + SETTLE
    assert mesh.held(after) == {"v2": until}
    assert mesh.arrivals.due(KEY, after, mesh.settings) == until
    mesh.now = until
    assert mesh.held(after) == {}


def test_any_route_of_the_namespace_holds(mesh: Mesh) -> None:
    """A host on a gateway has routes of its own."""
    app = apps.meshed(versions=[VERSION])
    mesh.live(app, without=("VirtualService",))
    [route] = (each for each in desired(app) if each["kind"] == "VirtualService")
    metadata = {**route["metadata"], "name": "edge", "ownerReferences": []}
    mesh.seen({**route, "metadata": metadata})
    mesh.held(apps.meshed())
    mesh.now += 60

    assert mesh.held(apps.meshed()).keys() == {"v2"}
    assert "orders-v2" in mesh.arrived()


def test_in_a_hurry_only_routes_hold(mesh: Mesh) -> None:
    """They are looked at now and then."""
    mesh.settings = MeshSettings(settle="0s")
    before, after = apps.meshed(versions=[VERSION]), apps.meshed()
    mesh.live(before)
    assert mesh.held(after) == {"v2": mesh.now + 1}

    [route] = (each for each in desired(before) if each["kind"] == "VirtualService")
    mesh.seen({**route, "spec": {"hosts": ["orders"]}})
    assert mesh.held(after) == {}


def test_without_a_mesh_nobody_is_held(mesh: Mesh) -> None:
    """There are no routes to wait for."""
    mesh.live(apps.app(versions=[VERSION]))

    assert mesh.held(apps.app()) == {}


def test_what_is_left_of_a_mesh_holds(mesh: Mesh) -> None:
    """A part of it is missing, and the rest goes on sending requests there."""
    mesh.live(apps.meshed(versions=[VERSION]))

    assert mesh.held(apps.app()) == {"v2": mesh.now + SETTLE}


def test_who_comes_back_is_held_anew_when_it_goes_again(mesh: Mesh) -> None:
    """The time counts from when it goes for good."""
    quiet = {"name": "v2", "image": "registry.example/orders:2.0.0"}
    before, after = apps.meshed(versions=[quiet]), apps.meshed()
    mesh.live(before)
    assert mesh.held(after) == {"v2": mesh.now + SETTLE}
    mesh.now += 3
    assert mesh.held(before) == {}
    mesh.now += 3

    assert mesh.held(after) == {"v2": mesh.now + SETTLE}


def test_who_is_forgotten_begins_anew(mesh: Mesh) -> None:
    """Nothing is kept of those who are gone."""
    mesh.live(apps.meshed())
    mesh.arrived()
    mesh.now += SETTLE
    mesh.arrivals.forget(KEY)

    assert mesh.arrived() == set()
