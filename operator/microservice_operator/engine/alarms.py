"""Wakes keys at a time of day, whatever happens to the clock meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from microservice_operator.engine.queue import Key

LOOK_EVERY = 1.0
# A clock that is corrected by less is not turned back.
TURNED_BACK = timedelta(seconds=5)


class Alarms:
    """One alarm for each key; what rings is forgotten.

    Timers of the event loop know nothing of a clock that jumps, or of a machine that sleeps, so
    the clock is looked at again and again.
    """

    def __init__(self, wake: Callable[[Key], None], now: Callable[[], datetime]) -> None:
        self._wake = wake
        self._now = now
        self._due: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []
        self._some = asyncio.Event()

    def __len__(self) -> int:
        """How many alarms are set."""
        return len(self._due)

    def set(self, key: Key, at: datetime | None) -> None:
        """Wake this key then, and at no other time."""
        if at is None:
            self.forget(key)
        elif self._due.get(key) != at:
            self._due[key] = at
            heappush(self._heap, (at, key))
            self._some.set()
            self._tidy()

    def forget(self, key: Key) -> None:
        """Its reason is gone."""
        self._due.pop(key, None)

    async def run(self) -> None:
        """Wake whoever's time has come, for ever."""
        before = self._now()
        while True:
            await self._some.wait()
            now = self._now()
            self._ring(now, everybody=now < before - TURNED_BACK)
            before = now
            if self._due:
                await asyncio.sleep(LOOK_EVERY)
            else:
                self._some.clear()

    def _ring(self, now: datetime, *, everybody: bool) -> None:
        """Wake who is due; all of them once the clock was turned back, for all may be wrong."""
        while self._heap and (everybody or self._heap[0][0] <= now):
            at, key = heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                self._wake(key)

    def _tidy(self) -> None:
        """Forget what was set anew since: the heap is never twice as long as it must be."""
        if len(self._heap) > 2 * len(self._due) + 1:
            self._heap = [(at, key) for key, at in self._due.items()]
            heapify(self._heap)
