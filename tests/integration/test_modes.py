"""Planning and pausing on a real server: what is announced happens, and nothing before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.patches import replace
from tests.integration.world import condition

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

IMAGE = "spec.template.spec.containers[app].image"
SECOND = "registry.example/app:2"


def _plan(world: World, **spec: Any) -> Manifest:
    """What would be done for this spec."""
    world.apply(mode="Plan", **spec)
    found = world.await_condition("Applied", "Unknown", "Planned")
    plan: Manifest = found["status"]["plan"]
    return plan


def _changes(plan: Manifest) -> set[tuple[str, str]]:
    return {(change["action"], change["kind"]) for change in plan["changes"]}


def _fields(plan: Manifest, kind: str) -> list[str]:
    return [
        path
        for change in plan["changes"]
        if change["kind"] == kind
        for path in change.get("fields", ())
    ]


def _versions(world: World) -> dict[str, str]:
    return {kind: it["metadata"]["resourceVersion"] for kind, it in world.children().items()}


def test_a_new_app_is_planned_and_then_made(world: World) -> None:
    """Planning costs one status; Apply makes what was announced, and the plan goes."""
    mark = world.mark()

    plan = _plan(world, replicas=2)
    world.settle()

    assert world.requests(mark)
    assert set(world.writes(mark)) == {"patch microservices/status"}
    assert world.reads(mark) == []
    assert world.children() == {}
    kinds = ("Deployment", "PodDisruptionBudget", "Service", "ServiceAccount")
    assert _changes(plan) == {("Create", kind) for kind in kinds}
    ready = condition(world.the("microservices"), "Ready")
    assert (ready["status"], ready["reason"]) == ("Unknown", "Planned")
    assert "create 4 children" in ready["message"]
    assert "Planned" in world.kubectl("get", "msvc", "orders")

    made = world.ready(replicas=2)

    assert "plan" not in made["status"]
    assert len(world.children()) == len(kinds)


def test_exactly_what_was_planned_happens(world: World) -> None:
    """Every child that is named changes in what is named, and no other is written."""
    world.ready(replicas=2, availability={"maxUnavailable": 1})
    world.settle()
    before, mark = _versions(world), world.mark()

    plan = _plan(world, image=SECOND, replicas=1, ports=[{"name": "web", "port": 81}])
    world.settle()

    assert _versions(world)["services"] == before["services"]
    assert [write for write in world.writes(mark) if "status" not in write] == []
    assert sorted(world.reads(mark)) == ["get deployments", "get services"], "once, not each pass"
    assert _changes(plan) == {
        ("Update", "Deployment"),
        ("Update", "Service"),
        ("Delete", "PodDisruptionBudget"),
    }
    assert {IMAGE, "spec.replicas"} <= set(_fields(plan, "Deployment"))
    mark = world.mark()

    world.ready(image=SECOND, replicas=1, ports=[{"name": "web", "port": 81}])

    writes = [r for r in world.requests(mark) if not r.subresource]
    assert {(r.verb, r.resource) for r in writes if r.verb not in {"get", "list"}} == {
        ("patch", "deployments"),
        ("patch", "services"),
        ("delete", "poddisruptionbudgets"),
    }


def test_the_paths_are_those_that_differ_after_a_restart_too(world: World) -> None:
    """A new process compares everything, and comes to the same plan without a word."""
    world.ready(replicas=0)
    plan = _plan(world, replicas=0, image=SECOND)
    world.settle()
    assert _fields(plan, "Deployment") == [IMAGE]
    mark = world.mark()

    world.process.restart()
    world.settle()

    assert world.requests(mark) == []
    assert world.the("microservices")["status"]["plan"] == plan


def test_drift_refreshes_a_plan_and_is_healed_by_nobody(world: World) -> None:
    """The field is named; no Event says that it was restored before it was."""
    world.ready(replicas=0)
    quiet = _plan(world, replicas=0)
    assert quiet["changes"] == []

    world.patch("services", replace("/spec/ports/0/targetPort", 1))
    world.await_object("microservices", lambda it: it["status"]["plan"]["changes"])
    world.settle()

    plan = world.the("microservices")["status"]["plan"]
    assert _fields(plan, "Service") == ["spec.ports[80/TCP].targetPort"]
    assert plan["hash"] != quiet["hash"]
    assert world.the("services")["spec"]["ports"][0]["targetPort"] == 1
    assert world.notes("DriftRepaired") == []
    world.ready(replicas=0)
    assert world.the("services")["spec"]["ports"][0]["targetPort"] != 1
    wait_until(lambda: world.notes("DriftRepaired"), "the Event about the repair")


def test_a_deleted_child_is_planned(world: World) -> None:
    """It is made again only when it is asked for."""
    world.ready(replicas=0)
    _plan(world, replicas=0)

    world.delete("services")
    found = world.await_object("microservices", lambda it: it["status"]["plan"]["changes"])

    assert _changes(found["status"]["plan"]) == {("Create", "Service")}
    world.settle()
    assert world.get("services", "orders") is None
    world.ready(replicas=0)
    assert world.get("services", "orders") is not None


def test_a_pause_leaves_everything_as_it_is(world: World) -> None:
    """Neither an edit of the spec nor damage is answered, until the pause is over."""
    world.ready()
    world.apply(mode="Paused", image=SECOND)
    found = world.await_condition("Applied", "Unknown", "Paused")
    assert condition(found, "Available")["status"] == "True"
    assert found["status"]["version"] == "v1"
    world.settle()
    mark = world.mark()

    world.patch("services", replace("/spec/ports/0/targetPort", 1))
    world.delete("serviceaccounts")
    world.settle()

    assert world.requests(mark) == []
    assert world.the("services")["spec"]["ports"][0]["targetPort"] == 1
    world.ready(image=SECOND)
    assert world.the("services")["spec"]["ports"][0]["targetPort"] != 1
    assert world.get("serviceaccounts", "orders") is not None
    containers = world.the("deployments")["spec"]["template"]["spec"]["containers"]
    assert containers[0]["image"] == SECOND


def test_a_pause_tells_how_the_pods_are(world: World) -> None:
    """Somebody scales the Deployment by hand; that is told, and left."""
    world.ready()
    world.apply(mode="Paused")
    world.await_condition("Applied", "Unknown", "Paused")

    world.kubectl("scale", "deployment/orders", "--replicas=3")

    found = world.await_object("microservices", lambda it: it["status"].get("pods") == "3/3")
    world.settle()
    assert condition(found, "Ready")["reason"] == "Paused"
    assert world.the("deployments")["spec"]["replicas"] == 3
    assert condition(world.the("microservices"), "Available")["status"] == "True"


@pytest.mark.parametrize("mode", ["Plan", "Paused"])
def test_an_end_is_an_end_in_every_mode(world: World, mode: str) -> None:
    """The garbage collector asks for no mode."""
    world.ready(replicas=0)
    world.apply(mode=mode, replicas=0)
    world.await_condition("Applied", "Unknown")

    world.delete("microservices")

    wait_until(lambda: not world.children(), "the children to be gone", 60)


def test_a_name_in_use_is_foreseen(world: World) -> None:
    """An object that carries our label is known, and what belongs to another stays out."""
    world.ready("payments", replicas=0)
    world.create(
        "services",
        {
            "metadata": {
                "name": "orders",
                "labels": {"app.kubernetes.io/managed-by": "microservice-operator"},
            },
            "spec": {"ports": [{"port": 80}]},
        },
    )
    world.settle()

    plan = _plan(world, replicas=0)

    assert ("Create", "Service") not in _changes(plan)
    message = condition(world.the("microservices"), "Ready")["message"]
    assert "Service/orders exists already and belongs to nobody in particular" in message
