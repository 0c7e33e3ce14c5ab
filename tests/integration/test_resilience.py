"""Whatever breaks around the operator, or kills it, is survived without a human."""

from __future__ import annotations

import http.client
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.cluster.definitions import OURS
from tests.integration.patches import replace
from tests.integration.world import CHILDREN, ONE_OF_EACH
from tests.integration.writer import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster import Cluster
    from tests.integration.process import Process
    from tests.integration.world import World

APPS = 20
CREATED = 201
EVERYTHING = {"replicas": 0, **ONE_OF_EACH}
RECOVERS_WITHIN = 60
LOSSES = 4
STILL_TO_COME = 2  # so many of the apps may be without a Deployment when it is killed
COLLECTED_WITHIN = 120  # the garbage collector looks for new resource types twice a minute


def test_a_crash_at_any_moment_of_a_bulk_creation_is_survived(world: World) -> None:
    """Killed again and again while it creates, it ends with all children, each created once."""
    mark = world.mark()
    for number in range(APPS):
        world.apply(f"app-{number}", **EVERYTHING)
        if number % 5 == 2:
            wait_until(partial(_more_than, world, number - STILL_TO_COME), "progress")
            world.process.restart()

    for number in range(APPS):
        world.await_condition("Ready", "True", name=f"app-{number}")
        assert world.children(f"app-{number}").keys() == set(CHILDREN)
    # An answer that its asker did not live to hear is not in the audit log.
    created = [(r.resource, r.name) for r in world.requests(mark) if r.code == CREATED]
    assert len(created) == len(set(created))


def _more_than(world: World, count: int) -> bool:
    return len(world.all("deployments")) > count


def test_what_happened_while_it_was_down_is_made_up_for(world: World) -> None:
    """Drift is undone, deletions and changes are followed, and the dead are not brought back."""
    for name in ("drifted", "bereft", "changed", "deleted", "replaced"):
        world.ready(name, **EVERYTHING)
    replaced = world.the("services", "replaced")["metadata"]["uid"]
    world.process.kill()
    try:
        world.patch("services", replace("/spec/ports/0/targetPort", 1), name="drifted")
        world.delete("services", "bereft")
        world.apply("changed", **EVERYTHING, image="registry.example/app:2")
        world.delete("microservices", "deleted")
        world.delete("microservices", "replaced")
        wait_until(lambda: not world.children("deleted"), "the children to go", COLLECTED_WITHIN)
        world.apply("replaced", **EVERYTHING)
    finally:
        world.process.start()

    world.await_object("services", lambda it: it["spec"]["ports"][0]["targetPort"] != 1, "drifted")
    world.await_object("services", bool, "bereft")
    changed = world.await_condition("Ready", "True", name="changed")
    assert changed["status"]["observedGeneration"] == 2
    world.await_condition("Ready", "True", name="replaced")
    assert world.the("services", "replaced")["metadata"]["uid"] != replaced
    world.settle()
    assert not world.children("deleted")
    wait_until(lambda: world.notes("DriftRepaired", "drifted"), "the event")
    assert "kubectl-patch" in world.notes("DriftRepaired", "drifted")[0]


def _pause(cluster: Cluster) -> None:
    """Freeze the API server until somebody has waited in vain."""
    cluster.processes.pause("kube-apiserver")
    try:
        with pytest.raises((OSError, http.client.HTTPException)):
            cluster.api.request("GET", "/readyz")
    finally:
        cluster.processes.resume("kube-apiserver")


def _crash(cluster: Cluster) -> None:
    """Kill the API server, which cuts every watch, and start it again."""
    cluster.processes.kill("kube-apiserver")
    cluster.processes.start("kube-apiserver")


@pytest.mark.parametrize("fault", [_pause, _crash], ids=["paused", "crashed"])
def test_a_failing_api_server_is_outlived(
    spare: Cluster,
    spare_operator: Process,
    spare_world: Callable[..., World],
    fault: Callable[[Cluster], None],
) -> None:
    """The same process goes on where it was: nothing is written twice, and new work is done."""
    world = spare_world(f"outage{fault.__name__}".replace("_", "-"), spare_operator)
    for number in range(3):
        world.ready(f"app-{number}", **EVERYTHING)
    world.settle()

    fault(spare)
    wait_until(lambda: spare.api.healthy("/readyz"), "the API server", RECOVERS_WITHIN)

    mark = world.mark()
    wait_until(lambda: _accepts(world, "new"), "the API server to accept writes", RECOVERS_WITHIN)
    world.await_condition("Ready", "True", name="new", timeout=RECOVERS_WITHIN)
    world.patch("services", replace("/spec/ports/0/targetPort", 1), name="app-0")
    world.await_object("services", lambda it: it["spec"]["ports"][0]["targetPort"] != 1, "app-0")
    old = [r for r in world.requests(mark) if r.name in {"app-1", "app-2"}]
    assert old == []


def _accepts(world: World, name: str) -> bool:
    try:
        world.apply(name, **EVERYTHING)
    except (OSError, http.client.HTTPException, Refused):
        return False
    return True


def test_a_lost_resource_type_is_outlived(
    spare: Cluster, spare_operator: Process, spare_world: Callable[..., World]
) -> None:
    """All Microservices vanish with it; as often as it is back, those applied again are served."""
    world = spare_world("lost", spare_operator)
    first = world.ready(**EVERYTHING)

    for number in range(LOSSES):
        spare.kubectl("delete", "-f", str(OURS), timeout=RECOVERS_WITHIN)
        spare.apply(OURS.read_text())
        served = partial(_accepts, world, f"new-{number}")
        wait_until(served, "the resource type to be served", RECOVERS_WITHIN)
        world.await_condition("Ready", "True", name=f"new-{number}", timeout=RECOVERS_WITHIN)

    world.apply(**EVERYTHING)
    second = world.await_condition("Ready", "True", timeout=COLLECTED_WITHIN)
    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    for child in world.children().values():
        assert child["metadata"]["ownerReferences"][0]["uid"] == second["metadata"]["uid"]
    assert spare_operator.get("/healthz")[0] == 200
