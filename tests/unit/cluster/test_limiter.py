from __future__ import annotations

import asyncio

import pytest

from microservice_operator.cluster.limiter import CAP, FLOOR, START, Limiter
from tests.unit.clock import run


async def hold(limiter: Limiter, seconds: float, entered: list[float]) -> None:
    """One request, noting when it was let in."""
    async with limiter.place():
        entered.append(asyncio.get_running_loop().time())
        await asyncio.sleep(seconds)


def test_there_are_never_more_than_the_limit() -> None:
    """A hundred at once come in rounds of sixteen, and in the order in which they asked."""

    async def main() -> None:
        limiter = Limiter()
        entered: list[float] = []
        started = asyncio.get_running_loop().time()

        await asyncio.gather(*(hold(limiter, 1, entered) for _ in range(100)))

        rounds = [round(at - started) for at in entered]
        assert [rounds.count(number) for number in range(7)] == [16] * 6 + [4]
        assert limiter.in_flight == 0

    run(main())


def test_it_grows_by_one_for_each_full_round() -> None:
    """As many successes as there are places make one place more."""
    limiter = Limiter()

    for _ in range(int(START) + 1):
        limiter.succeeded()

    assert int(limiter.limit) == START + 1


def test_it_grows_up_to_the_cap() -> None:
    """However well things go, other clients need the server too."""
    limiter = Limiter()

    for _ in range(100_000):
        limiter.succeeded()

    assert limiter.limit == CAP


def test_one_burst_of_complaints_halves_it_once() -> None:
    """Sixteen requests that fail together are one overload, not sixteen."""

    async def main() -> None:
        limiter = Limiter()
        for _ in range(16):
            limiter.overloaded()
        assert limiter.limit == START / 2

        await asyncio.sleep(1)
        limiter.overloaded()
        assert limiter.limit == START / 4

    run(main())


def test_it_never_falls_below_the_floor() -> None:
    """Something must go on, or nobody would notice that the server has come back."""

    async def main() -> None:
        limiter = Limiter()
        for _ in range(20):
            limiter.overloaded()
            await asyncio.sleep(1)

        assert limiter.limit == FLOOR

    run(main())


def test_retry_after_holds_back_everybody() -> None:
    """Also who comes later, and those who wait go on by themselves when the time has come."""

    async def main() -> None:
        limiter = Limiter()
        entered: list[float] = []
        started = asyncio.get_running_loop().time()
        limiter.overloaded(retry_after=5)
        first = asyncio.ensure_future(hold(limiter, 1, entered))
        await asyncio.sleep(2)
        second = asyncio.ensure_future(hold(limiter, 1, entered))

        await asyncio.gather(first, second)

        assert [at - started for at in entered] == pytest.approx([5, 5])

    run(main())


def test_the_longest_retry_after_counts() -> None:
    """A shorter one that comes later, or a failure that names none, does not open the door."""

    async def main() -> None:
        limiter = Limiter()
        entered: list[float] = []
        started = asyncio.get_running_loop().time()
        limiter.overloaded(retry_after=5)
        waiting = asyncio.ensure_future(hold(limiter, 0, entered))
        await asyncio.sleep(1)
        limiter.overloaded(retry_after=9)
        limiter.overloaded(retry_after=1)
        limiter.overloaded()

        await waiting

        assert [at - started for at in entered] == pytest.approx([10])

    run(main())


def test_a_request_under_way_when_the_door_closes_ends_in_peace() -> None:
    """Its place is free afterwards, and the next one waits for the door."""

    async def main() -> None:
        limiter = Limiter()
        entered: list[float] = []
        under_way = asyncio.ensure_future(hold(limiter, 2, entered))
        await asyncio.sleep(1)
        limiter.overloaded(retry_after=9)

        await asyncio.gather(under_way, hold(limiter, 0, entered))

        assert entered[1] - entered[0] == pytest.approx(10)
        assert limiter.in_flight == 0

    run(main())


def test_an_error_gives_the_place_back() -> None:
    """A request that fails holds nothing."""

    async def main() -> None:
        limiter = Limiter()
        with pytest.raises(ConnectionError):
            async with limiter.place():
                raise ConnectionError

        assert limiter.in_flight == 0

    run(main())


def test_nobody_is_overtaken() -> None:
    """Who comes when there is room again goes behind those who wait."""

    async def main() -> list[str]:
        limiter = Limiter()
        limiter.limit = FLOOR
        order: list[str] = []

        async def enter(name: str) -> None:
            async with limiter.place():
                order.append(name)
                await asyncio.sleep(1)

        tasks = [asyncio.ensure_future(enter(name)) for name in ("a", "b", "waiting")]
        await asyncio.sleep(0.5)
        for _ in range(4):
            limiter.succeeded()
        await asyncio.gather(*tasks, enter("late"))
        return order

    assert run(main()) == ["a", "b", "waiting", "late"]
