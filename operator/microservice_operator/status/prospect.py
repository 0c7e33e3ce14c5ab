"""What would be done if the mode were Apply: as data, and in one sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from microservice_operator.api.status import MOST_CHANGES, MOST_FIELDS

LONGEST_PATH = 512


@dataclass(frozen=True, slots=True)
class Change:
    """One child that would change, and the paths of the fields in it."""

    action: Literal["Create", "Update", "Delete"]
    kind: str
    name: str
    fields: tuple[str, ...] = ()

    def written(self) -> dict[str, Any]:
        """The change as the status has it: some of its fields, and how many more there are."""
        named = [_bounded(path) for path in self.fields[:MOST_FIELDS]]
        change = {"action": self.action, "kind": self.kind, "name": self.name}
        return change | ({"fields": named} if named else {}) | _more(self.fields, MOST_FIELDS)


@dataclass(frozen=True, slots=True)
class Prospect:
    """All changes in their order, and whose names are in use; equal plans have equal hashes."""

    hash: str
    changes: tuple[Change, ...] = ()
    obstacles: tuple[str, ...] = ()

    def written(self, generation: int) -> dict[str, Any]:
        """The plan as the status has it."""
        changes = [change.written() for change in self.changes[:MOST_CHANGES]]
        plan = {"generation": generation, "hash": self.hash, "changes": changes}
        return plan | _more(self.changes, MOST_CHANGES)

    def sentence(self) -> str:
        """How much would be done, and what stands against it."""
        return " ".join([self._count(), *self.obstacles])

    def _count(self) -> str:
        if not self.changes:
            return "`mode: Apply` would change nothing."
        counts = Counter(change.action for change in self.changes)
        parts = ", ".join(f"{action.lower()} {number}" for action, number in counts.items())
        children = "child" if sum(counts.values()) == 1 else "children"
        return f"`mode: Apply` would {parts} {children}; see `status.plan`."


def _more(whole: tuple[object, ...], most: int) -> dict[str, int]:
    return {"more": len(whole) - most} if len(whole) > most else {}


def _bounded(path: str) -> str:
    return path if len(path) <= LONGEST_PATH else path[: LONGEST_PATH - 1] + "…"
