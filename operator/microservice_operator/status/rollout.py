"""How far the pods of an app have come, and what is the matter with them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rollout:
    """The facts of a Deployment that the status is made of."""

    wanted: int
    current: bool
    pods: int
    updated: int
    ready: int
    available: int
    overdue: bool
    failure: str
    paused: bool = False

    @property
    def late(self) -> bool:
        """Whether it missed its deadline; what is said of an earlier generation does not count."""
        return self.current and self.overdue

    @property
    def refused(self) -> bool:
        """Whether pods cannot be made for this generation."""
        return self.current and bool(self.failure)

    @property
    def up_to_date(self) -> bool:
        """Whether all wanted pods are made from this generation."""
        return self.current and self.updated >= self.wanted

    @property
    def underway(self) -> bool:
        """Whether some pods are made from this generation, and others yet to come or to go."""
        return self.current and 0 < self.updated < max(self.pods, self.wanted)

    @property
    def complete(self) -> bool:
        """Whether all pods are of this generation and ready, and no old one is left."""
        return (
            self.current
            and self.pods == self.updated == self.wanted
            and self.available >= self.wanted
        )


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why pods do not become ready: a reason of the condition, and a sentence for a person."""

    reason: str
    message: str
