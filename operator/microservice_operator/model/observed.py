"""What there is to see of an app: traces, logs, metrics, and what callers may rely on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Tracing:
    """What the application is told of traces: to whom they go, and which share of them."""

    endpoint: str = ""
    ratio: str = ""


@dataclass(frozen=True, slots=True)
class Objective:
    """What callers may rely on: that so many percent of requests succeed, or do so in time."""

    percent: str
    milliseconds: int | None = None

    @property
    def name(self) -> str:
        """What it is about."""
        return "availability" if self.milliseconds is None else "latency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observability:
    """How people see what the app does."""

    tracing: Tracing | None = None
    telemetry: Mapping[str, Any] = field(default_factory=dict)
    """What the mesh traces and logs."""
    scrape: Mapping[str, Any] = field(default_factory=dict)
    """Where the application's own metrics are."""
    objectives: tuple[Objective, ...] = ()
    dashboard: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    """By these a Prometheus operator finds what is meant for it."""
    lacking: str = ""
    """What the spec asks in vain while nobody reads metrics, in a sentence."""
