"""Planned scaling: which windows of time are open, and when that changes.

A window only raises. It opens before its start, so that its pods are there when it starts. All of
it follows from the time alone, so nothing has to be remembered across a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from microservice_operator.api.scalars import milliseconds
from microservice_operator.api.schedules import LEAD_TIME, LONGEST
from microservice_operator.errors import Invalid
from microservice_operator.model import cron

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from microservice_operator.api.schedules import Schedule as Written

UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A window that comes again and again, by the clocks of its zone."""

    name: str
    start: str
    end: str | None
    longest: timedelta
    lead: timedelta
    zone: ZoneInfo
    min: int
    max: int


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One occurrence of a schedule; it is open from `opens` until right before `end`."""

    opens: datetime
    start: datetime
    end: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many pods there may be, why, and until when that is known."""

    min: int
    max: int
    active: tuple[str, ...] = ()
    """The schedules that are in force, by name."""
    next: Window | None = None
    """What opens next; what only prolongs an open window is nothing new."""
    changes_at: datetime | None = None
    """The earliest moment at which any of this can be otherwise."""


def bounds(least: int, most: int, schedules: Sequence[Schedule], now: datetime) -> Bounds:
    """The widest of these bounds and those of every open window."""
    opened = {schedule: _opened(schedule, now) for schedule in schedules}
    following = [(_following(schedule, now), opened[schedule]) for schedule in schedules]
    active = [schedule for schedule, window in opened.items() if window]
    least = max([least, *(schedule.min for schedule in active)])
    return Bounds(
        min=least,
        max=max([most, least, *(schedule.max for schedule in active)]),
        active=tuple(sorted(schedule.name for schedule in active)),
        next=min(
            (new for new, old in following if not (old and new.opens <= old.end)),
            default=None,
        ),
        changes_at=min(
            [
                *(window.end for window in opened.values() if window),
                *(window.opens for window, _ in following),
            ],
            default=None,
        ),
    )


def understood(written: Sequence[Written]) -> tuple[Schedule, ...]:
    """What the schedules of a spec mean.

    Raises:
        Invalid: there is no such time zone, or an expression that never fires.
    """
    return tuple(_understood(schedule) for schedule in written)


def _understood(written: Written) -> Schedule:
    where = f"spec.scaling.schedules[{written.name}]"
    for field, expression in (("start", written.start), ("end", written.end)):
        if expression is not None and not cron.fires(expression):
            raise Invalid(
                f"{where}.{field}: must have ranges that run upwards, such as 'MON-FRI' or '6-7' "
                f"for the weekend, and a day that one of its months has, not {expression!r}"
            )
    return Schedule(
        name=written.name,
        start=written.start,
        end=written.end,
        longest=_length(written.duration or LONGEST),
        lead=_length(written.lead_time or LEAD_TIME),
        zone=_zone(written.time_zone or UTC, where),
        min=written.min or 0,
        max=written.max or 0,
    )


def _zone(name: str, where: str) -> ZoneInfo:
    zone = cron.zone(name)
    if zone is None:
        meant = cron.nearest_zone(name)
        hint = f"; did you mean {meant!r}?" if meant else ""
        raise Invalid(
            f"{where}.timeZone: must be the IANA name of a time zone, such as 'Europe/Vienna', "
            f"not {name!r}{hint}"
        )
    return zone


def _length(duration: str) -> timedelta:
    return timedelta(milliseconds=milliseconds(duration))


def _opened(schedule: Schedule, now: datetime) -> Window | None:
    """The open window that ends last; none of those that opened earlier ends later."""
    starts = cron.until(schedule.start, now + schedule.lead, schedule.zone)
    window = _first(schedule, starts)
    return window if now < window.end else None


def _following(schedule: Schedule, now: datetime) -> Window:
    """The first window that has yet to open."""
    starts = cron.after(schedule.start, now + schedule.lead, schedule.zone)
    return _first(schedule, starts)


def _first(schedule: Schedule, starts: Iterator[datetime]) -> Window:
    """The first of these windows of which clocks do not skip all."""
    windows = (_window(schedule, start) for start in starts)
    return next(window for window in windows if window.start < window.end)


def _window(schedule: Schedule, local: datetime) -> Window:
    """The window that begins at this local time."""
    start = cron.instant(local, schedule.zone)
    end = start + schedule.longest
    if schedule.end is not None:
        end = min(end, cron.instant(cron.first_after(schedule.end, local), schedule.zone))
    return Window(start - schedule.lead, start, end, schedule.name)
