"""The time of day, which schedules go by; whoever shifts it, shifts it here."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
