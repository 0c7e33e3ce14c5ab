"""Planned scaling: at which times more pods are wanted than usual."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import text, whole
from microservice_operator.api.durations import within
from microservice_operator.api.scalars import Duration
from microservice_operator.api.schema import Block, Choice, Rule

LEAD_TIME = "2m"
LONGEST = "168h"


def _cron_field(value: str, step: str) -> str:
    """Return the pattern of one field: `*`, values and ranges, each perhaps with a step."""
    term = rf"([*]|({value})(-({value}))?)(/({step}))?"
    return f"{term}(,{term})*"


_CRON = " +".join(
    _cron_field(value, step)
    for value, step in (
        ("[0-5]?[0-9]", "[1-9]|[1-5][0-9]"),
        ("[01]?[0-9]|2[0-3]", "[1-9]|1[0-9]|2[0-3]"),
        ("0?[1-9]|[12][0-9]|3[01]", "[1-9]|[12][0-9]|3[01]"),
        (
            "0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC",
            "[1-9]|1[0-2]",
        ),
        ("[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT", "[1-7]"),
    )
)

ScheduleName = Annotated[
    str,
    text(
        "lower-case letters, digits and '-', with a letter or digit at both ends, "
        "at most 63 characters",
        longest=63,
        pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ),
]
Cron = Annotated[
    str,
    text(
        "a cron expression of five fields: minute (0-59), hour (0-23), day of the month (1-31), "
        "month (1-12 or JAN-DEC) and day of the week (0-7 or SUN-SAT), each with '*', ',', '-' "
        "and '/' at will, such as '0 9 * * MON-FRI'",
        longest=128,
        pattern=f"^{_CRON}$",
    ),
]
TimeZone = Annotated[
    str,
    text(
        "the IANA name of a time zone, such as 'Europe/Vienna'",
        longest=64,
        pattern="^[A-Za-z][-+_A-Za-z0-9]*(/[A-Za-z][-+_A-Za-z0-9]*)*$",
    ),
]


class Schedule(Block):
    """A window of time that comes again and again, in which more pods are wanted."""

    name: ScheduleName
    """Name of the schedule, unique in the list. Example: `lunch`."""
    start: Cron
    """When the window begins. Example: `30 11 * * MON-FRI`."""
    end: Cron | None = None
    """When it ends, at most 7 days after it began. Example: `0 14 * * MON-FRI`."""
    duration: Duration | None = None
    """How long it lasts, in place of `end`. Example: `2h30m`."""
    time_zone: TimeZone | None = None
    """Whose clock `start` and `end` go by; absent means UTC. Example: `Europe/Vienna`."""
    min: Annotated[int, whole(0, 1000)] | None = None
    """Raises `min` during the window; never lowers it. Example: `10`."""
    max: Annotated[int, whole(1, 1000)] | None = None
    """Raises `max` during the window; never lowers it. Example: `50`."""
    lead_time: Duration | None = None
    """How long before `start` pods are made ready; absent means 2m. Example: `5m`."""

    choices: ClassVar = (Choice(("end",), ("duration",), required=True),)
    rules: ClassVar = (
        within("duration", "1s", LONGEST),
        within("lead_time", "0s", "24h"),
        Rule(
            field_path=".min",
            message="at least one of `min` and `max` must be given",
            cel="has(self.min) || has(self.max)",
            check=lambda schedule: schedule.min is not None or schedule.max is not None,
        ),
        Rule(
            field_path=".min",
            message="must not be greater than `max`",
            cel="!has(self.min) || !has(self.max) || self.min <= self.max",
            check=lambda schedule: (
                schedule.min is None or schedule.max is None or schedule.min <= schedule.max
            ),
        ),
    )
