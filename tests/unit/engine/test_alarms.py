"""Alarms follow the clock of the wall, wherever it goes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microservice_operator.engine.alarms import LOOK_EVERY, Alarms
from microservice_operator.engine.queue import Key
from microservice_operator.model.facts import EPOCH
from tests.unit.clock import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ORDERS, CARTS, STOCK = (Key("shop", name) for name in ("orders", "carts", "stock"))
NOON = EPOCH + timedelta(hours=12)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class Wall:
    """A clock on the wall, which goes with the event loop until it is shifted."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.looks = 0
        self.rung: list[Key] = []
        self.alarms = Alarms(self.rung.append, self.now)

    def now(self) -> datetime:
        """It began at noon."""
        self.looks += 1
        return NOON + self.ahead + timedelta(seconds=asyncio.get_running_loop().time() - 1000)

    def after(self, seconds: float) -> datetime:
        """A time of day so many seconds from noon."""
        return NOON + timedelta(seconds=seconds)


def with_alarms(test: Callable[[Wall], Awaitable[None]]) -> None:
    """Run a test beside running alarms, in time that costs nothing."""

    async def main() -> None:
        wall = Wall()
        task = asyncio.ensure_future(wall.alarms.run())
        await test(wall)
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(main())


def test_a_key_is_woken_once_when_its_time_has_come() -> None:
    """Not before, and at most a moment later."""

    async def check(wall: Wall) -> None:
        wall.alarms.set(ORDERS, wall.after(10))
        wall.alarms.set(CARTS, wall.after(20))
        await asyncio.sleep(9.9)
        assert wall.rung == []
        await asyncio.sleep(0.1 + LOOK_EVERY)
        assert wall.rung == [ORDERS]
        await asyncio.sleep(100)
        assert wall.rung == [ORDERS, CARTS]
        assert len(wall.alarms) == 0

    with_alarms(check)


def test_a_time_that_has_passed_wakes_at_once() -> None:
    """The pass that set it took longer than the window."""

    async def check(wall: Wall) -> None:
        wall.alarms.set(ORDERS, wall.after(-5))
        await asyncio.sleep(LOOK_EVERY)
        assert wall.rung == [ORDERS]

    with_alarms(check)


def test_the_alarm_that_was_set_last_counts() -> None:
    """Earlier, later, or none at all."""

    async def check(wall: Wall) -> None:
        for key, before, after in ((ORDERS, 30, 10), (CARTS, 10, 30), (STOCK, 10, None)):
            wall.alarms.set(key, wall.after(before))
            wall.alarms.set(key, None if after is None else wall.after(after))
        await asyncio.sleep(20)
        assert wall.rung == [ORDERS]
        await asyncio.sleep(20)
        assert wall.rung == [ORDERS, CARTS]

    with_alarms(check)


def test_an_alarm_that_is_set_again_after_it_was_forgotten_rings_once() -> None:
    """Nothing is left of the first one."""

    async def check(wall: Wall) -> None:
        wall.alarms.set(ORDERS, wall.after(10))
        wall.alarms.forget(ORDERS)
        wall.alarms.set(ORDERS, wall.after(10))
        await asyncio.sleep(20)
        assert wall.rung == [ORDERS]

    with_alarms(check)


def test_a_clock_that_jumps_ahead_is_followed() -> None:
    """The machine slept, or somebody set the clock."""

    async def check(wall: Wall) -> None:
        wall.alarms.set(ORDERS, NOON + DAY)
        await asyncio.sleep(5)
        wall.ahead = DAY
        await asyncio.sleep(LOOK_EVERY)
        assert wall.rung == [ORDERS]

    with_alarms(check)


def test_a_clock_that_is_turned_back_wakes_everybody() -> None:
    """What is open may have to be closed again; but a small correction is no reason."""

    async def check(wall: Wall) -> None:
        for key in (ORDERS, CARTS):
            wall.alarms.set(key, NOON + 2 * DAY)
        await asyncio.sleep(5)
        wall.ahead = -3 * SECOND
        await asyncio.sleep(5)
        wall.ahead = DAY
        await asyncio.sleep(5)
        assert wall.rung == []
        wall.ahead = 0 * DAY
        await asyncio.sleep(LOOK_EVERY)
        assert sorted(wall.rung) == [CARTS, ORDERS]

    with_alarms(check)


def test_a_clock_that_is_turned_back_unseen_is_noticed_later() -> None:
    """No alarm was set meanwhile, for the only pass was under way."""

    async def check(wall: Wall) -> None:
        wall.alarms.set(ORDERS, wall.after(1))
        await asyncio.sleep(5)
        wall.ahead = -DAY
        wall.rung.clear()
        wall.alarms.set(ORDERS, NOON + DAY)
        await asyncio.sleep(LOOK_EVERY)
        assert wall.rung == [ORDERS]

    with_alarms(check)


def test_without_alarms_nobody_looks_at_the_clock() -> None:
    """An operator without schedules sleeps."""

    async def check(wall: Wall) -> None:
        wall.alarms.set(ORDERS, wall.after(1))
        await asyncio.sleep(10)
        looks = wall.looks
        await asyncio.sleep(1000)
        assert wall.looks == looks

    with_alarms(check)


def test_alarms_that_are_set_over_and_over_take_no_room() -> None:
    """A pass for each event must not fill the memory."""

    async def check(wall: Wall) -> None:
        for second in range(10_000):
            wall.alarms.set(ORDERS, wall.after(1000 + second))
        assert len(wall.alarms._heap) < 10  # noqa: SLF001  memory that grows shows nowhere else

    with_alarms(check)
