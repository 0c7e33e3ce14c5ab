"""What the operator costs the API server, counted in the server's own audit log."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.patches import add, replace
from tests.integration.world import CHILDREN, ONE_OF_EACH, idle, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.world import World

CREATED = 201
MANY = 100
# Pods that are ready at once may be so before there is anything to say of their coming.
LATE: dict[str, Any] = {
    "podAnnotations": {"testbed.example/behaviour": "late", "testbed.example/ready-after": "4s"}
}


@pytest.mark.parametrize(
    ("spec", "children"),
    [
        ({}, ["deployments", "serviceaccounts", "services"]),
        (ONE_OF_EACH, list(CHILDREN)),
        ({"ports": [], "serviceAccountName": "default"}, ["deployments"]),
    ],
    ids=["plain", "all kinds", "worker"],
)
def test_a_new_app_costs_one_write_for_each_child_and_two_for_its_status(
    world: World, spec: dict[str, Any], children: list[str]
) -> None:
    """Nothing is read, nothing is written twice; the status says Progressing, then Ready."""
    mark = world.mark()

    world.ready(**spec, **LATE)
    world.settle()

    creations = [f"patch {kind}" for kind in children]
    assert sorted(world.writes(mark)) == sorted([*creations, *["patch microservices/status"] * 2])
    # what is kept by proxies is kept only if the pods have them
    assert world.reads(mark) == (["list pods"] if "authorizationpolicies" in children else [])
    made = [r for r in world.requests(mark) if r.verb == "patch" and not r.subresource]
    assert {r.code for r in made} == {CREATED}


def _restart(world: World) -> None:
    world.process.restart()


def _annotate(world: World) -> None:
    world.patch("microservices", add("/metadata/annotations", {"touched": "yes"}))


def _label(world: World) -> None:
    world.patch("microservices", add("/metadata/labels", {"team": "shop"}))


def _label_children(world: World) -> None:
    for kind in CHILDREN:
        world.patch(kind, add("/metadata/labels/team", "shop"), name=named(kind), manager="gitops")


def _status_churn(world: World) -> None:
    news = {"type": "News", "status": "True", "reason": "None", "message": "nothing"}
    for _ in range(5):
        world.writer.request(
            "PATCH",
            world.path("deployments", "orders") + "/status",
            {"status": {"conditions": [news]}},
            content="application/strategic-merge-patch+json",
        )


@pytest.mark.parametrize(
    "event", [_restart, _annotate, _label, _label_children, _status_churn], ids=lambda e: e.__name__
)
def test_what_changes_nothing_costs_nothing(world: World, event: Callable[[World], None]) -> None:
    """A second pass over an unchanged app writes nothing, whatever brought it about."""
    world.ready(**ONE_OF_EACH)
    world.settle()
    mark = world.mark()

    event(world)
    world.settle()

    # whether pods have the proxies that this app depends on is not known after a restart, nor
    # when somebody has edited their Deployment
    once = ["list pods"] if event in {_restart, _label_children} else []
    assert [f"{each.verb} {each.resource}" for each in world.requests(mark)] == once


@pytest.mark.parametrize(
    ("spec", "children"),
    [
        ({"image": "registry.example/app:2"}, ["deployments"]),
        ({"ports": [{"name": "web", "port": 81}]}, ["deployments", "services"]),
        ({"replicas": 2}, ["deployments", "poddisruptionbudgets"]),
        ({"ports": []}, ["deployments", "services"]),
    ],
    ids=["image", "ports", "replicas", "worker"],
)
def test_a_change_costs_one_write_for_each_child_that_it_concerns(
    world: World, spec: dict[str, Any], children: list[str]
) -> None:
    """What the new spec does not touch is not written, and nothing is read."""
    world.ready()
    world.settle()
    mark = world.mark()

    world.ready(**spec)
    world.settle()

    writes = [request for request in world.requests(mark) if not request.subresource]
    assert sorted(request.resource for request in writes) == children
    assert world.reads(mark) == []


def test_a_change_that_means_the_same_costs_the_status_alone(world: World) -> None:
    """A default that is written out is a new generation with the same children."""
    world.ready()
    world.settle()
    mark = world.mark()

    world.ready(replicas=1, version="v1")
    world.settle()

    assert world.requests(mark)
    assert set(world.writes(mark)) == {"patch microservices/status"}


def test_a_drift_costs_one_write(world: World) -> None:
    """The repair is one write; that all is well again needs no word in the status."""
    world.ready(replicas=0)
    world.settle()
    mark = world.mark()

    world.patch("services", replace("/spec/ports/0/targetPort", 1))
    world.await_object("services", lambda it: it["spec"]["ports"][0]["targetPort"] != 1)
    world.settle()

    assert world.writes(mark) == ["patch services"]
    assert world.reads(mark) == []


def test_a_restart_costs_a_hundred_unchanged_apps_nothing(world: World) -> None:
    """Lists and watches are for all together; no app is asked about or written by itself."""
    for number in range(MANY):
        world.apply(f"app-{number}", replicas=0)
    wait_until(lambda: _ready(world) == MANY, "all apps to be ready", 120)
    wait_until(lambda: idle(world.operator), "the operator to be idle")
    mark = world.mark()

    world.process.restart()
    world.settle()

    assert world.requests(mark) == []
    everywhere = world.cluster.audit.requests(user=world.user, since=mark)
    lists = [r for r in everywhere if r.verb == "list" and not r.namespace]
    assert lists
    times = Counter(each.resource for each in lists)
    # the operator counts Microservices again, and shared ConfigMaps are no children
    twice = {resource for resource, count in times.items() if count > 1}
    assert twice <= {"configmaps", "microservices"}, "lists are made once for all"


def _ready(world: World) -> int:
    return sum(
        each["type"] == "Ready" and each["status"] == "True"
        for found in world.all("microservices")
        for each in found["status"]["conditions"]
    )
