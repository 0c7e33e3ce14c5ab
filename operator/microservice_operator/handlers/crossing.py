"""The way from kopf's thread into ours: events cross in bursts, because waking a thread is dear."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Crossing:
    """Made in the thread whose event loop takes the events."""

    def __init__(self, take: Callable[[str | None, Mapping[str, Any]], None]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[str | None, Mapping[str, Any]]] = deque()

    def send(self, kind: str | None, body: Mapping[str, Any]) -> None:
        """Hand an event over, from any thread; only the first of those that wait wakes anybody."""
        self._waiting.append((kind, body))
        if len(self._waiting) == 1:
            self._loop.call_soon_threadsafe(self._take_all)

    def _take_all(self) -> None:
        try:
            while self._waiting:
                self._take(*self._waiting.popleft())
        finally:
            if self._waiting:  # one that could not be taken must not keep the others back
                self._loop.call_soon(self._take_all)
