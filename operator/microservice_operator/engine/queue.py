"""The work queue: which key is looked at next.

A key waits once however often it is asked for, is worked on by one worker at a time, and takes
its turn fairly among the namespaces of its priority.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from microservice_operator.routing.holding import Host

if TYPE_CHECKING:
    from collections.abc import Callable


class Key(NamedTuple):
    """A Microservice by namespace and name."""

    namespace: str
    name: str


Work = Key | Host


class Priority(IntEnum):
    """Who goes first."""

    URGENT = 0
    """Somebody waits: a changed spec, a damaged child."""

    CALM = 1
    """Nobody waits: the first look after a start, a look at pods."""


class Queue:
    """A set of keys that hands them out in turn."""

    def __init__(self, added: Callable[[int], None] | None = None) -> None:
        self._added = added or _nobody_counts
        self._waiting: dict[Work, Priority] = {}
        self._turns = {priority: _Turns() for priority in Priority}
        self._active: set[Work] = set()
        self._again: dict[Work, Priority] = {}
        self._timers: dict[Work, asyncio.TimerHandle] = {}
        self._ready = asyncio.Event()

    def __len__(self) -> int:
        """How many keys wait for a pass."""
        return len(self._waiting) + len(self._again)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way; delayed keys do not count."""
        return not self._waiting and not self._active

    def add(self, key: Work, priority: Priority = Priority.URGENT) -> None:
        """Ask for a pass; a key that is being worked on gets one more right after."""
        if key in self._active:
            self._again[key] = min(priority, self._again.get(key, priority))
            return
        before = self._waiting.get(key)
        if before is None or priority < before:
            if before is not None:
                self._turns[before].remove(key)
            self._waiting[key] = priority
            self._turns[priority].append(key)
            self._ready.set()
            self._added(len(self))

    def add_later(self, key: Work, delay: float, priority: Priority = Priority.CALM) -> None:
        """Ask for a pass after a while; of several such wishes the earliest counts."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + delay:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(delay, self._due, key, priority)

    def forget(self, key: Work) -> None:
        """Drop a delayed wish: its reason is gone."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    async def get(self) -> Work:
        """The next key; the caller must call `done` with it."""
        while True:
            for priority in Priority:
                key = self._turns[priority].next()
                if key is not None:
                    del self._waiting[key]
                    self._active.add(key)
                    return key
            self._ready.clear()
            await self._ready.wait()

    def done(self, key: Work) -> None:
        """The pass has ended, well or not."""
        self._active.discard(key)
        again = self._again.pop(key, None)
        if again is not None:
            self.add(key, again)

    def _due(self, key: Work, priority: Priority) -> None:
        del self._timers[key]
        self.add(key, priority)


def _nobody_counts(_: int) -> None:
    return


class _Turns:
    """Keys by namespace; each namespace gives one key, then goes to the end of the line."""

    def __init__(self) -> None:
        self._namespaces: OrderedDict[str, deque[Work]] = OrderedDict()

    def append(self, key: Work) -> None:
        self._namespaces.setdefault(key.namespace, deque()).append(key)

    def remove(self, key: Work) -> None:
        keys = self._namespaces[key.namespace]
        keys.remove(key)
        if not keys:
            del self._namespaces[key.namespace]

    def next(self) -> Work | None:
        if not self._namespaces:
            return None
        namespace, keys = next(iter(self._namespaces.items()))
        key = keys.popleft()
        self._namespaces.move_to_end(namespace)
        if not keys:
            del self._namespaces[namespace]
        return key
