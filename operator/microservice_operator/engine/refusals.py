"""Writes that the server or somebody else stands against: remembered, so that we do not insist."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.engine.backoff import Backoff
from microservice_operator.errors import NameTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from microservice_operator.errors import UserError

FIRST, LONGEST, LONGEST_FOR_A_NAME = 1.0, 60.0, 10.0
REPAIRS_PER_MINUTE = 3
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a write was refused, for which content, and until when it is not tried again."""

    error: UserError
    digest: str
    until: float


class Refusals:
    """Of one Microservice, per child: what was refused, and how often it was repaired of late."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refusals: dict[Hashable, Refusal] = {}
        self._backoff: Backoff[Hashable] = Backoff(FIRST, LONGEST)
        self._failures: Counter[Hashable] = Counter()
        self._repairs: defaultdict[Hashable, deque[float]] = defaultdict(
            lambda: deque(maxlen=REPAIRS_PER_MINUTE)
        )

    def standing(self, child: Hashable, digest: str) -> Refusal | None:
        """The refusal that still holds for this content of the child."""
        refusal = self._refusals.get(child)
        if refusal is None or refusal.digest != digest or refusal.until <= self._clock():
            return None
        return refusal

    def refused(self, child: Hashable, digest: str, error: UserError) -> Refusal:
        """Remember a refusal; each one in a row is left alone for longer."""
        longest = LONGEST_FOR_A_NAME if isinstance(error, NameTaken) else LONGEST
        refusal = Refusal(error, digest, self._clock() + self._backoff.next(child, longest))
        self._refusals[child] = refusal
        return refusal

    def failed(self, child: Hashable) -> int:
        """Count one more failure that may pass by itself; how many there were in a row."""
        self._failures[child] += 1
        return self._failures[child]

    def accepted(self, child: Hashable) -> None:
        """A write went through: nothing stands against this child any more."""
        self._refusals.pop(child, None)
        self._failures.pop(child, None)
        self._backoff.reset(child)

    def fought_over(self, child: Hashable, paths: Iterable[str]) -> float | None:
        """Whether all of these fields are undone faster than is sane.

        Returns:
            The time until which they are left alone; None when a repair may be made.
        """
        now = self._clock()
        histories = [self._recent((child, path), now) for path in paths]
        if all(len(times) >= REPAIRS_PER_MINUTE for times in histories):
            return min(times[0] for times in histories) + MINUTE
        return None

    def repaired(self, child: Hashable, paths: Iterable[str]) -> None:
        """Count one more repair of these fields."""
        now = self._clock()
        for field in [field for field in self._repairs if not self._recent(field, now)]:
            del self._repairs[field]
        for path in paths:
            self._repairs[child, path].append(now)

    def _recent(self, field: Hashable, now: float) -> deque[float]:
        times = self._repairs[field]
        while times and times[0] <= now - MINUTE:
            times.popleft()
        return times
