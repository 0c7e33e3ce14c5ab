"""How long to wait before the next try: longer each time, and never in step with others."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

K = TypeVar("K", bound="Hashable")
MOST_DOUBLINGS = 30


def jittered(delay: float) -> float:
    """A delay between the half and the whole of this one."""
    return delay * random.uniform(0.5, 1)  # noqa: S311  spreads load, hides nothing


class Backoff(Generic[K]):
    """Doubling delays per key."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._failures: Counter[K] = Counter()

    def next(self, key: K, longest: float | None = None) -> float:
        """One more failure: the time to wait after it."""
        doublings = min(self._failures[key], MOST_DOUBLINGS)
        self._failures[key] += 1
        return jittered(min(self._first * 2**doublings, longest or self._longest))

    def reset(self, key: K) -> None:
        """A success: the next failure is the first again."""
        self._failures.pop(key, None)


class EndlessBackoffs:
    """The delays of one stream of tries, without end and iterable any number of times."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest

    def __iter__(self) -> Iterator[float]:
        """Yield delays for ever."""
        backoff: Backoff[None] = Backoff(self._first, self._longest)
        while True:
            yield backoff.next(None)
