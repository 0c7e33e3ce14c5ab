from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from microservice_operator.cluster.limiter import CAP, FLOOR, Limiter
from tests.unit.clock import FakeTimeLoop


@dataclass
class Request:
    """One request: waits, is inside, or is over."""

    inside: bool = False
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def run(self, limiter: Limiter) -> None:
        """Take a place and hold it until told to leave."""
        async with limiter.place():
            self.inside = True
            try:
                await self.leave.wait()
            finally:
                self.inside = False


class Requests(RuleBasedStateMachine):
    """Requests come, end and are cancelled at any moment: no place is lost, none is made up."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = FakeTimeLoop()
        self.limiter = Limiter()
        self.limiter.limit = FLOOR
        self.closed_until = 0.0
        self.requests: list[Request] = []
        self.before = (self.limiter.limit, 0)

    @override
    def teardown(self) -> None:
        """When all have left, everybody who comes is let in again."""
        for request in self.requests:
            request.leave.set()
        self.loop.advance(60)
        assert all(request.task and request.task.done() for request in self.requests)
        assert self.limiter.in_flight == 0
        self.loop.close()

    @rule(count=st.integers(1, 3))
    def come(self, count: int) -> None:
        """Some more requests want a place."""
        for _ in range(count):
            request = Request()
            request.task = self.loop.create_task(request.run(self.limiter))
            self.requests.append(request)
        self._settle()

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), turns=st.integers(0, 4))
    def leave_and_cancel(self, data: st.DataObject, turns: int) -> None:
        """Some end, and shortly after some are cancelled, perhaps just when they are let in."""
        several = st.lists(st.sampled_from(range(len(self.requests))), max_size=3, unique=True)
        for index in data.draw(several):
            self.requests[index].leave.set()
        self.loop.turn(turns)
        for index in data.draw(several):
            task = self.requests[index].task
            assert task is not None
            task.cancel()
        self._settle()

    @rule(retry_after=st.sampled_from([0, 0, 3]))
    def complain(self, retry_after: float) -> None:
        """The server does not keep up."""

        async def overloaded() -> None:
            self.limiter.overloaded(retry_after)

        self.loop.run_until_complete(overloaded())
        self.closed_until = max(self.closed_until, self.loop.time() + retry_after)
        self._settle()

    @rule(times=st.integers(1, 9))
    def succeed(self, times: int) -> None:
        """The server keeps up."""
        for _ in range(times):
            self.limiter.succeeded()

    @rule()
    def pass_time(self) -> None:
        """A second and a half later."""
        before = self._inside()
        self.loop.advance(1.5)
        assert self._inside() >= before

    @invariant()
    def the_count_is_true(self) -> None:
        """As many places are taken as there are requests inside."""
        assert self.limiter.in_flight == self._inside()

    @invariant()
    def the_limit_is_bounded(self) -> None:
        """It stays between its floor and its cap, whatever happens."""
        assert FLOOR <= self.limiter.limit <= CAP

    @invariant()
    def nobody_is_let_in_beyond_the_limit(self) -> None:
        """The limit may fall below what is inside, but lets nobody in then."""
        assert self._inside() <= max(self.limiter.limit, *self.before)
        self.before = (self.limiter.limit, self._inside())

    def _inside(self) -> int:
        return sum(request.inside for request in self.requests)

    def _settle(self) -> None:
        before = self._inside()
        closed = self.loop.time() < self.closed_until
        self.loop.turn(6)
        assert not closed or self._inside() <= before, "the server did not want to be asked"
        for request in list(self.requests):
            if request.task and request.task.done():
                self.requests.remove(request)


TestRequests = Requests.TestCase
TestRequests.settings = settings(derandomize=True, max_examples=80, stateful_step_count=40)


@pytest.mark.parametrize("turns", range(5))
@pytest.mark.parametrize("cancelled", [{0}, {1}, {2}, {3}, {2, 3}, {0, 2}, {1, 2, 3}])
def test_a_place_survives_whoever_is_cancelled_while_it_changes_hands(
    cancelled: set[int], turns: int
) -> None:
    """Two are inside and two wait; one leaves, and some are cancelled at any moment after that."""
    loop, limiter = FakeTimeLoop(), Limiter()
    limiter.limit = FLOOR
    requests = [Request() for _ in range(4)]
    tasks = [loop.create_task(request.run(limiter)) for request in requests]
    loop.turn(4)

    requests[0].leave.set()
    loop.turn(turns)
    for index in cancelled:
        tasks[index].cancel()
    loop.turn(6)

    inside = sum(request.inside for request in requests)
    waiting = sum(not task.done() for task in tasks) - inside
    assert limiter.in_flight == inside
    assert not waiting or inside == FLOOR
    for request in requests:
        request.leave.set()
    loop.turn(9)
    assert limiter.in_flight == 0
    loop.close()
