"""Many Microservices on one host: what it costs to come, to change, to go and to start again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.integration.routes import VIRTUAL_SERVICES, awaited, exposed, host, rules
from tests.integration.world import WRITES, idle, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Request
    from tests.integration.world import Manifest, World

MANY = 60
# Without a rest there would be one for each.
MOST_WRITES = MANY // 2


def test_a_crowd_is_composed_with_few_writes(world: World, web: World) -> None:
    """All come at once, in two namespaces; one gets the host, and every later change is a write."""
    at, mark = host(world), world.mark()
    names = [f"app-{number}" for number in range(MANY)]
    with _asleep(world):
        for name in names:
            world.apply(name, **exposed(at, api=f"/{name}"))
            if len(names) - names.index(name) <= MANY // 2:
                web.apply(name, **exposed(at, api=f"/{name}"))
    awaited(world, at, *(f"{name}.api" for name in names))
    wait_until(lambda: _said(world, "Served") == MANY, "all to be served", 120)
    wait_until(lambda: _said(web, "HostTaken") == MANY // 2, "the others to be told", 120)
    _quiet(world)
    assert 0 < len(_writes(world, mark)) <= MOST_WRITES
    assert _writes(web, mark) == []

    mark = world.mark()
    world.apply("app-7", **exposed(at, api="/seven"))
    wait_until(lambda: "/seven" in str(world.all(VIRTUAL_SERVICES)), "the change")
    _quiet(world)
    assert _writes(world, mark) == ["patch virtualservices"]

    mark = world.mark()
    world.delete("microservices", "app-8")
    wait_until(lambda: "app-8.api" not in rules(world, at), "its end")
    world.await_end("deployments", "app-8")
    _quiet(world)
    assert _writes(world, mark) == ["patch virtualservices"]

    mark = world.mark()
    world.process.restart()
    world.settle()
    assert world.writes(mark) == []
    assert web.writes(mark) == []


@contextmanager
def _asleep(world: World) -> Iterator[None]:
    """What is done here comes at once for the operator, however long it takes.

    If it takes longer than its Lease lasts, it takes that up again.
    """
    processes, name = world.cluster.processes, world.process.name
    processes.pause(name)
    try:
        yield
    finally:
        processes.resume(name)


def _asked(world: World, mark: int) -> list[Request]:
    """The operator's writes to what serves hosts."""
    asked = [r for r in world.requests(mark) if r.resource == VIRTUAL_SERVICES]
    return [request for request in asked if request.verb in WRITES]


def _writes(world: World, mark: int) -> list[str]:
    return [spelled(request) for request in _asked(world, mark)]


def _quiet(world: World) -> None:
    wait_until(lambda: idle(world.operator), "the operator to be idle")


def _said(world: World, reason: str) -> int:
    """Of how many Microservices this is said of their routes."""
    return sum(_routed(found) == reason for found in world.all("microservices"))


def _routed(found: Manifest) -> str:
    conditions = found.get("status", {}).get("conditions", ())
    return next((each["reason"] for each in conditions if each["type"] == "Routed"), "")
