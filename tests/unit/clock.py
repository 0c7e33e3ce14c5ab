"""An event loop whose time jumps to the next timer, so that no test sleeps."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    Ready = list[tuple[selectors.SelectorKey, int]]

T = TypeVar("T")

ON_ITS_WAY = 0.002
"""Seconds that what was sent through the loopback interface may take to arrive."""

STUCK_AFTER = 2.0
ONLY_THE_LOOP_ITSELF = 1


class Stuck(AssertionError):
    """Every task waits, and nothing will ever wake one."""


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait for its timers."""

    def __init__(self) -> None:
        self._clock = _Jumping()
        super().__init__(self._clock)

    @override
    def time(self) -> float:
        return self._clock.now

    def turn(self, times: int = 1) -> None:
        """Run what is ready, and what that makes ready, this many times; time stands still."""
        for _ in range(times):
            self.call_soon(self.stop)
            self.run_forever()

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        self.run_until_complete(asyncio.sleep(seconds))


class _Jumping(selectors.DefaultSelector):
    """When nothing is ready, the time until the next timer passes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    @override
    def select(self, timeout: float | None = None) -> Ready:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if len(self.get_map()) > ONLY_THE_LOOP_ITSELF or timeout is None:
            ready = super().select(STUCK_AFTER if timeout is None else ON_ITS_WAY)
        if not ready:
            if timeout is None:
                raise Stuck("nothing is ready, and there is no timer")
            self.now += timeout
        return ready


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in time that costs nothing."""
    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        return runner.run(main)
