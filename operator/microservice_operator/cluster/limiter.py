"""How many requests may be under way: as many as the API server takes without complaint."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

from contextlib import asynccontextmanager

START, FLOOR, CAP = 16.0, 2.0, 64.0
HALVE_AT_MOST_EVERY = 1.0


class Limiter:
    """One adaptive limit for the process: it grows by success and is halved by overload.

    Nobody sleeps while holding a place, and a `Retry-After` holds back everybody: the server
    said it of itself, not of one request.
    """

    def __init__(self) -> None:
        self.limit = START
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed_until = 0.0
        self._halved_at = float("-inf")
        self._opens: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for one request."""
        await self._enter()
        try:
            yield
        finally:
            self.in_flight -= 1
            self._admit()

    def succeeded(self) -> None:
        """The server keeps up: one more place for each full round of requests."""
        self.limit = min(CAP, self.limit + 1 / self.limit)

    def overloaded(self, retry_after: float = 0.0) -> None:
        """The server does not keep up: half the places, and none before it wants to be asked."""
        now = asyncio.get_running_loop().time()
        if now - self._halved_at >= HALVE_AT_MOST_EVERY:
            self._halved_at = now
            self.limit = max(FLOOR, self.limit / 2)
        self._closed_until = max(self._closed_until, now + retry_after)

    async def _enter(self) -> None:
        if self._waiting or not self._open():
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._admit()
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self.in_flight -= 1
                self._admit()
                raise
        else:
            self.in_flight += 1

    def _open(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self.in_flight < int(self.limit) and now >= self._closed_until

    def _admit(self) -> None:
        """Let in whom there is room for; come back when the server wants to be asked again."""
        while self._waiting and self._open():
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(None)
        loop = asyncio.get_running_loop()
        if self._waiting and loop.time() < self._closed_until and self._opens is None:
            self._opens = loop.call_at(self._closed_until, self._open_again)

    def _open_again(self) -> None:
        self._opens = None
        self._admit()
