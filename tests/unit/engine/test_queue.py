from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from microservice_operator.engine.queue import Key, Priority, Queue, Work
from tests.unit.clock import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ORDERS, CARTS, STOCK = (Key("shop", name) for name in ("orders", "carts", "stock"))


async def drained(queue: Queue) -> list[Work]:
    """Everything that waits, in the order in which it is handed out."""
    keys = []
    while len(queue):
        keys.append(await queue.get())
        queue.done(keys[-1])
    return keys


def with_queue(test: Callable[[Queue], Awaitable[None]]) -> None:
    """Run a test with a queue, in time that costs nothing."""

    async def main() -> None:
        await test(Queue())

    run(main())


def test_a_key_waits_once() -> None:
    """A burst of events costs one pass."""

    async def check(queue: Queue) -> None:
        for _ in range(50):
            queue.add(ORDERS)

        assert await drained(queue) == [ORDERS]

    with_queue(check)


def test_a_key_has_one_worker() -> None:
    """A key that comes up during its pass is not handed to a second worker."""

    async def check(queue: Queue) -> None:
        queue.add(ORDERS)
        await queue.get()
        queue.add(ORDERS)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(queue.get(), 1)

    with_queue(check)


def test_a_key_that_came_up_during_its_pass_gets_one_more() -> None:
    """However much happened meanwhile, one pass sees it all."""

    async def check(queue: Queue) -> None:
        queue.add(ORDERS)
        key = await queue.get()
        for _ in range(50):
            queue.add(ORDERS)
        assert len(queue) == 1
        queue.done(key)

        assert await drained(queue) == [ORDERS]
        assert queue.idle

    with_queue(check)


def test_a_worker_that_waits_is_woken() -> None:
    """A key that is added while all workers wait is handed out at once."""

    async def check(queue: Queue) -> None:
        workers = [asyncio.ensure_future(queue.get()) for _ in range(3)]
        await asyncio.sleep(0)
        queue.add(ORDERS)
        queue.add(CARTS)
        await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        queue.add(STOCK)

        assert set(await asyncio.gather(*workers)) == {ORDERS, CARTS, STOCK}

    with_queue(check)


def test_a_worker_that_is_cancelled_takes_no_key_with_it() -> None:
    """The wake-up of a cancelled worker reaches the others."""

    async def check(queue: Queue) -> None:
        cancelled, other = (asyncio.ensure_future(queue.get()) for _ in range(2))
        await asyncio.sleep(0)
        queue.add(ORDERS)
        cancelled.cancel()

        assert await other == ORDERS

    with_queue(check)


def test_urgent_overtakes_calm() -> None:
    """Nobody waits for a start-up that touches every app."""

    async def check(queue: Queue) -> None:
        queue.add(ORDERS, Priority.CALM)
        queue.add(CARTS, Priority.URGENT)

        assert await drained(queue) == [CARTS, ORDERS]

    with_queue(check)


@pytest.mark.parametrize("active", [False, True])
def test_a_calm_key_becomes_urgent(*, active: bool) -> None:
    """An edit does not wait for the calm look that its app was queued for; it still waits once."""

    async def check(queue: Queue) -> None:
        queue.add(ORDERS, Priority.CALM)
        if active:
            await queue.get()
        queue.add(CARTS, Priority.CALM)
        queue.add(STOCK, Priority.CALM)
        queue.add(ORDERS, Priority.CALM)
        queue.add(ORDERS, Priority.URGENT)
        queue.add(ORDERS, Priority.CALM)
        if active:
            queue.done(ORDERS)

        assert await drained(queue) == [ORDERS, CARTS, STOCK]

    with_queue(check)


def test_a_full_namespace_delays_nobody_elses_key_by_more_than_one_turn() -> None:
    """A tenant with a thousand apps takes turns with a tenant that has one."""

    async def check(queue: Queue) -> None:
        for number in range(1000):
            queue.add(Key("crowd", f"app-{number}"))
        queue.add(ORDERS)

        assert ORDERS in [await queue.get(), await queue.get()]

    with_queue(check)


def test_three_namespaces_take_turns() -> None:
    """Also while one of them keeps adding."""

    async def check(queue: Queue) -> None:
        for namespace in "abc":
            for name in "xyz":
                queue.add(Key(namespace, name))
        first = await queue.get()
        queue.add(Key("a", "late"))
        queue.done(first)

        turns = [key.namespace for key in await drained(queue)]
        assert turns == list("bcabcabca")

    with_queue(check)


def test_a_delayed_key_comes_when_it_is_due() -> None:
    """Neither earlier nor never."""

    async def check(queue: Queue) -> None:
        time = asyncio.get_running_loop().time
        started = time()
        queue.add_later(ORDERS, 5)
        assert queue.idle

        assert await queue.get() == ORDERS
        assert time() - started == pytest.approx(5)

    with_queue(check)


@pytest.mark.parametrize("delays", [(5, 30), (30, 5)])
def test_the_earliest_of_several_wishes_counts(delays: tuple[float, float]) -> None:
    """And it is the only one that comes."""

    async def check(queue: Queue) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        for delay in delays:
            queue.add_later(ORDERS, delay)

        assert await queue.get() == ORDERS
        assert loop.time() - started == pytest.approx(5)
        queue.done(ORDERS)
        await asyncio.sleep(60)
        assert queue.idle

    with_queue(check)


def test_a_delayed_key_can_be_wished_for_again() -> None:
    """A wish that came true is forgotten."""

    async def check(queue: Queue) -> None:
        queue.add_later(ORDERS, 5)
        queue.done(await queue.get())
        queue.add_later(ORDERS, 30)

        assert await queue.get() == ORDERS

    with_queue(check)


def test_a_forgotten_wish_never_comes() -> None:
    """What does not exist any more is not looked at."""

    async def check(queue: Queue) -> None:
        queue.add_later(ORDERS, 5)
        queue.forget(ORDERS)
        queue.forget(ORDERS)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(queue.get(), 60)

    with_queue(check)


def test_a_key_that_is_due_during_its_pass_is_looked_at_once_more() -> None:
    """A timer behaves as any other reason to look."""

    async def check(queue: Queue) -> None:
        queue.add(ORDERS)
        await queue.get()
        queue.add_later(ORDERS, 5)
        await asyncio.sleep(6)
        assert len(queue) == 1
        queue.done(ORDERS)

        assert await drained(queue) == [ORDERS]

    with_queue(check)
