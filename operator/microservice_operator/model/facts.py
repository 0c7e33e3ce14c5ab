"""What an app depends on beside its spec and the platform's settings: the clock and the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so right now, as seen from the namespace of the app."""

    now: datetime = EPOCH
    """The time, with its zone."""
    shared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The data of each ConfigMap of the namespace that is marked as shared."""
    gone: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What shared ConfigMaps held that are there no more."""
    mesh: bool = False
    """Whether the cluster has a mesh."""
    monitoring: bool = False
    """Whether the cluster has a Prometheus operator."""
    injected: bool = False
    """Whether the pods of the app have been asking for a proxy."""
    arrived: Container[str] | None = None
    """The titles of the tracks that new routes may send requests to; None while nobody looks."""


NOTHING = Facts()
