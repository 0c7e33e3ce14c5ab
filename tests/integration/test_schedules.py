"""Planned scaling on a real server, with a clock that jumps to the moments that matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.process import Process
from tests.integration.world import USER, World, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster import Cluster

AUTOSCALERS = "horizontalpodautoscalers"
# Whoever looked only now and then would be late by up to minutes.
NOTICED_WITHIN = 5
# Daily, from nine to ten in Vienna, and ready five minutes before.
SALE: dict[str, Any] = {
    "name": "sale",
    "start": "0 9 * * *",
    "end": "0 10 * * *",
    "timeZone": "Europe/Vienna",
    "min": 3,
    "leadTime": "5m",
}
RUSH = SALE | {"name": "rush", "start": "30 9 * * *", "min": 4, "max": 6}
NIGHT: dict[str, Any] = {
    "name": "night",
    "start": "30 2 * * *",
    "duration": "1h",
    "timeZone": "Europe/Vienna",
    "min": 2,
    "leadTime": "0s",
}


@dataclass(frozen=True)
class Clock:
    """The clock of an operator, which runs on from where it is set."""

    file: Path

    def set(self, moment: str) -> None:
        """Shift it at once."""
        ahead = datetime.fromisoformat(moment) - datetime.now(UTC)
        new = self.file.with_suffix(".new")
        new.write_text(str(ahead.total_seconds()))
        new.replace(self.file)

    def since(self, moment: str, then: datetime) -> float:
        """By how many seconds it was past this moment then, if nobody has set it since."""
        ahead = float(self.file.read_text())
        return ahead + (then - datetime.fromisoformat(moment)).total_seconds()


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    """A clock that all operators of this file go by."""
    clock = Clock(tmp_path_factory.mktemp("clock") / "ahead")
    clock.set("2026-07-01T00:00:00Z")
    return clock


@pytest.fixture(scope="module")
def start(
    spare: Cluster, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Process]:
    """Make an operator that goes by the shifted clock."""
    credentials = spare.kubeconfig_for(USER, ["system:masters"])
    folder = tmp_path_factory.mktemp("shifted")

    def make() -> Process:
        log = folder / f"{len(list(folder.iterdir()))}.log"
        program = ("tests.cluster.shifted", str(clock.file))
        return Process(credentials, log, ("--log-format=json",), program)

    return make


@pytest.fixture
def running(start: Callable[[], Process]) -> Iterator[Process]:
    """One such operator, which must outlive the test."""
    with start() as process:
        yield process
        assert process.running
        assert "Traceback" not in process.log.read_text(), process.log.read_text()


@pytest.fixture
def shop(
    running: Process, spare_world: Callable[..., World], request: pytest.FixtureRequest
) -> World:
    """A fresh namespace for each test."""
    return spare_world(request.node.name.replace("_", "-")[:60].strip("-"), running)


def scaled(world: World, *schedules: dict[str, Any]) -> None:
    """Write an app of one or two pods, but for its schedules, and wait until it is Ready."""
    scaling = {"min": 1, "max": 2, "schedules": list(schedules)}
    world.ready(scaling=scaling, resources={"requests": {"cpu": "100m"}})


def bounds(world: World) -> tuple[int, int]:
    """Between which bounds pods are counted."""
    spec = world.the(AUTOSCALERS)["spec"]
    return spec["minReplicas"], spec["maxReplicas"]


def noticed(world: World, clock: Clock, mark: int, moment: str) -> bool:
    """Whether the last change of the bounds reached the server in time for this moment."""
    [*_, last] = [it for it in world.requests(mark) if spelled(it) == f"patch {AUTOSCALERS}"]
    return 0 <= clock.since(moment, last.received) < NOTICED_WITHIN


def schedule(world: World) -> dict[str, Any]:
    """What the status says of the schedules."""
    said: dict[str, Any] = world.the("microservices")["status"].get("schedule", {})
    return said


def await_bounds(world: World, least: int, most: int) -> None:
    """Wait until pods are counted between these bounds."""
    wanted = {"minReplicas": least, "maxReplicas": most}
    world.await_object(AUTOSCALERS, lambda found: wanted.items() <= found["spec"].items())


def await_schedule(world: World, **said: Any) -> None:
    """Wait until the status says this of the schedules."""
    world.await_object("microservices", lambda found: found["status"].get("schedule") == said)


def await_active(world: World, names: list[str]) -> None:
    """Wait until the status says that these schedules are in force."""
    world.await_object(
        "microservices", lambda found: found["status"]["schedule"].get("active", []) == names
    )


def upcoming(name: str, start: str, end: str) -> dict[str, str]:
    """A window as the status tells of it."""
    return {"name": name, "start": start, "end": end}


def changes(world: World, mark: int) -> list[str]:
    """What was written to children; how many pods there are is told by the status alone."""
    return [each for each in world.writes(mark) if "status" not in each]


def test_a_window_raises_the_bounds_early_and_lowers_them_at_its_end(
    shop: World, clock: Clock
) -> None:
    """Each costs one write to one child, and the status tells what is open and what comes."""
    clock.set("2026-07-01T06:54:00Z")
    scaled(shop, SALE)
    today = upcoming("sale", "2026-07-01T07:00:00Z", "2026-07-01T08:00:00Z")
    tomorrow = upcoming("sale", "2026-07-02T07:00:00Z", "2026-07-02T08:00:00Z")
    assert (bounds(shop), schedule(shop)) == ((1, 2), {"next": today})
    shop.settle()
    mark = shop.mark()

    clock.set("2026-07-01T06:54:59Z")
    await_bounds(shop, 3, 3)
    await_schedule(shop, active=["sale"], next=tomorrow)
    assert noticed(shop, clock, mark, "2026-07-01T06:55:00Z")
    assert changes(shop, mark) == [f"patch {AUTOSCALERS}"]

    clock.set("2026-07-01T07:59:59Z")
    await_bounds(shop, 1, 2)
    await_schedule(shop, next=tomorrow)
    assert noticed(shop, clock, mark, "2026-07-01T08:00:00Z")
    assert changes(shop, mark) == [f"patch {AUTOSCALERS}"] * 2
    assert shop.notes("DriftRepaired") == [], "nobody but the operator has changed anything"


def test_of_overlapping_windows_the_widest_bounds_hold(shop: World, clock: Clock) -> None:
    """While both are open, and after one of them has ended."""
    clock.set("2026-07-01T06:00:00Z")
    scaled(shop, SALE | {"end": "0 11 * * *"}, RUSH)

    for moment, wanted, active in (
        ("2026-07-01T07:10:00Z", (3, 3), ["sale"]),
        ("2026-07-01T07:26:00Z", (4, 6), ["rush", "sale"]),
        ("2026-07-01T08:00:00Z", (3, 3), ["sale"]),
        ("2026-07-01T09:00:00Z", (1, 2), []),
    ):
        clock.set(moment)
        await_bounds(shop, *wanted)
        await_active(shop, active)


def test_a_time_that_clocks_skip_begins_when_they_go_on(shop: World, clock: Clock) -> None:
    """In spring, half past two is three o'clock."""
    clock.set("2026-03-29T00:59:00Z")
    scaled(shop, NIGHT)
    assert schedule(shop)["next"]["start"] == "2026-03-29T01:00:00Z"
    mark = shop.mark()

    clock.set("2026-03-29T00:59:59Z")
    await_bounds(shop, 2, 2)
    await_active(shop, ["night"])
    assert noticed(shop, clock, mark, "2026-03-29T01:00:00Z")

    clock.set("2026-03-29T01:59:59Z")
    await_bounds(shop, 1, 2)
    await_schedule(shop, next=upcoming("night", "2026-03-30T00:30:00Z", "2026-03-30T01:30:00Z"))
    assert noticed(shop, clock, mark, "2026-03-29T02:00:00Z")


def test_a_time_that_clocks_repeat_begins_once(shop: World, clock: Clock) -> None:
    """In autumn, the first half past two counts."""
    clock.set("2026-10-25T00:29:59Z")
    scaled(shop, NIGHT)
    await_bounds(shop, 2, 2)
    mark = shop.mark()

    clock.set("2026-10-25T01:29:59Z")
    await_bounds(shop, 1, 2)
    await_schedule(shop, next=upcoming("night", "2026-10-26T01:30:00Z", "2026-10-26T02:30:00Z"))
    assert noticed(shop, clock, mark, "2026-10-25T01:30:00Z")


def test_a_clock_that_is_turned_back_is_followed(shop: World, clock: Clock) -> None:
    """Whoever has no schedule is not bothered."""
    clock.set("2026-07-01T07:30:00Z")
    scaled(shop, SALE)
    shop.ready("plain", replicas=0)
    await_bounds(shop, 3, 3)
    shop.settle()
    mark = shop.mark()

    clock.set("2025-07-01T05:00:00Z")
    await_bounds(shop, 1, 2)
    await_schedule(shop, next=upcoming("sale", "2025-07-01T07:00:00Z", "2025-07-01T08:00:00Z"))

    assert changes(shop, mark) == [f"patch {AUTOSCALERS}"]
    assert {each.name for each in shop.requests(mark)} == {"orders"}


def test_what_was_slept_through_is_made_up_for(
    start: Callable[[], Process], clock: Clock, spare_world: Callable[..., World]
) -> None:
    """A start inside the same window writes nothing; one after it lowers the bounds."""
    clock.set("2026-07-01T06:00:00Z")
    with start() as process:
        shop = spare_world("slept-through", process)
        scaled(shop, SALE)
    assert bounds(shop) == (1, 2)

    clock.set("2026-07-01T07:10:00Z")
    with start() as process:
        shop = World(shop.cluster, shop.namespace, process)
        await_bounds(shop, 3, 3)
        shop.await_object("deployments", lambda found: found["status"].get("readyReplicas") == 3)
        # the autoscaler says so a little later, whether anybody runs or not
        shop.await_condition("Autoscaled", "False", "MetricsMissing")
        shop.settle()
    mark = shop.mark()
    with start() as process:
        World(shop.cluster, shop.namespace, process).settle()
    assert shop.writes(mark) == []

    clock.set("2026-07-01T08:10:00Z")
    with start() as process:
        await_bounds(World(shop.cluster, shop.namespace, process), 1, 2)
    assert changes(shop, mark) == [f"patch {AUTOSCALERS}"]
