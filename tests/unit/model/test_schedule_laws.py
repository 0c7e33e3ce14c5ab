"""Laws of planned scaling, and an oracle that walks through time minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microservice_operator.model.schedules import Schedule, bounds

if TYPE_CHECKING:
    from random import Random

MINUTE, DAY, WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(days=7)
# Around a moment at which clocks are changed, where they are.
CHANGES = {
    "Europe/Vienna": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),
    "Asia/Kathmandu": ("2026-03-01T00:00Z",),
    "UTC": ("2026-12-31T23:59Z",),
}
PLACES = [(zone, change) for zone, changes in CHANGES.items() for change in changes]
DAYS = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}

MINUTES = st.sampled_from(["*", "*/15", "0", "30", "15,45", "5-10", "59", "10/20"])
HOURS = st.sampled_from(["*", "2", "1-3", "*/6", "9", "23", "0", "1,2"])
DATES = st.sampled_from(["*", "*", "1-7", "*/5", "25-31", "29"])
MONTHS = st.sampled_from(["*", "*", "3,10", "*/2", "1-6"])
WEEKDAYS = st.sampled_from(["*", "*", "SUN", "MON-FRI", "6-7", "0"])
CRONS = st.builds(lambda *fields: " ".join(fields), MINUTES, HOURS, DATES, MONTHS, WEEKDAYS)
LENGTHS = st.sampled_from([1, 45, 90, 8 * 60, 26 * 60, 7 * 24 * 60]).map(
    lambda minutes: timedelta(minutes=minutes)
)
LEADS = st.sampled_from([0, 1, 2, 30, 24 * 60]).map(lambda minutes: timedelta(minutes=minutes))


class Span(NamedTuple):
    """A window as the oracle knows it."""

    opens: datetime
    end: datetime


def schedules(zone: str) -> st.SearchStrategy[Schedule]:
    """Schedules that go by the clocks of this zone, with an end of either kind."""
    made = st.builds(
        Schedule,
        name=st.just(""),
        start=CRONS,
        end=st.none() | CRONS,
        longest=LENGTHS,
        lead=LEADS,
        zone=st.just(ZoneInfo(zone)),
        min=st.integers(0, 20),
        max=st.integers(0, 30),
    )
    return made.map(lambda one: replace(one, longest=WEEK) if one.end else one)


def named(some: list[Schedule]) -> list[Schedule]:
    """The same with names of their own."""
    return [replace(schedule, name=f"s{number}") for number, schedule in enumerate(some)]


def values(field: str, least: int, most: int) -> set[int]:
    """What a field of an expression allows."""
    found: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        low = least if first == "*" else int(DAYS.get(first, first))
        high = int(DAYS.get(last, last)) if last else (most if first == "*" or step else low)
        found |= set(range(low, high + 1, int(step or 1)))
    return found


@cache
def matching(expression: str, zone: str, change: str) -> list[tuple[datetime, datetime]]:
    """Every local minute at which an expression fires, and the moment at which it has come."""
    minute, hour, date, month, weekday = expression.split()
    minutes, hours = values(minute, 0, 59), values(hour, 0, 23)
    dates, months = values(date, 1, 31), values(month, 1, 12)
    weekdays = {day % 7 for day in values(weekday, 0, 7)}
    together = date.startswith("*") or weekday.startswith("*")
    found = []
    for local, moment in calendar(zone, change):
        if local.minute in minutes and local.hour in hours and local.month in months:
            days = (local.day in dates, local.isoweekday() % 7 in weekdays)
            if all(days) if together else any(days):
                found.append((local, moment))
    return found


@cache
def calendar(zone: str, change: str) -> list[tuple[datetime, datetime]]:
    """Each local minute around a change, also a skipped one, and when clocks have reached it."""
    middle = datetime.fromisoformat(change)
    moment = middle - 12 * DAY
    there = ZoneInfo(zone)
    reached = moment.astimezone(there).replace(tzinfo=None)
    minutes = []
    while moment < middle + 12 * DAY:
        local = moment.astimezone(there).replace(tzinfo=None)
        while reached <= local:
            minutes.append((reached, moment))
            reached += MINUTE
        moment += MINUTE
    return minutes


def spans(schedule: Schedule, zone: str, change: str) -> list[Span]:
    """Every window around a change, by brute force."""
    ends = matching(schedule.end, zone, change) if schedule.end else []
    found, upcoming = [], 0
    for local, start in matching(schedule.start, zone, change):
        while upcoming < len(ends) and ends[upcoming][0] <= local:
            upcoming += 1
        end = start + schedule.longest
        if upcoming < len(ends):
            end = min(end, ends[upcoming][1])
        if start < end:
            found.append(Span(start - schedule.lead, end))
    return found


@pytest.mark.parametrize(("zone", "change"), PLACES, ids=str)
@settings(max_examples=60)
@given(data=st.data())
def test_windows_are_open_when_the_oracle_says_so(
    zone: str, change: str, data: st.DataObject
) -> None:
    """At any second around a change of clocks, and nothing happens before it is announced."""
    [schedule] = named([data.draw(schedules(zone))])
    seconds = st.integers(-36 * 3600, 36 * 3600) | st.integers(-120, 120).map(lambda n: n * 60)
    now = datetime.fromisoformat(change) + timedelta(seconds=data.draw(seconds))
    windows = spans(schedule, zone, change)

    def is_open(moment: datetime) -> bool:
        return any(window.opens <= moment < window.end for window in windows)

    found = bounds(1, 1, [schedule], now)

    assert bool(found.active) == is_open(now)
    expected = max(1, schedule.min) if is_open(now) else 1
    assert (found.min, found.max) == (
        expected,
        max(expected, schedule.max if is_open(now) else 1),
    )
    assert found.changes_at is not None
    assert found.changes_at > now
    if found.changes_at < datetime.fromisoformat(change) + 4 * DAY:
        events = {moment for window in windows for moment in window}
        assert found.changes_at in events
        for event in events:
            if now < event < found.changes_at:
                assert is_open(event) == is_open(now)


@given(data=st.data(), place=st.sampled_from(PLACES))
def test_nothing_changes_before_it_is_said_to(data: st.DataObject, place: tuple[str, str]) -> None:
    """Whoever asks in between gets the same answer, so nobody has to ask."""
    zone, change = place
    some = named(data.draw(st.lists(schedules(zone), min_size=1, max_size=3)))
    now = datetime.fromisoformat(change) + timedelta(minutes=data.draw(st.integers(-2000, 2000)))
    found = bounds(2, 5, some, now)
    assert found.changes_at is not None

    part = data.draw(st.floats(0, 1, exclude_max=True))
    between = now + (found.changes_at - now) * part

    assert bounds(2, 5, some, min(between, found.changes_at - timedelta(microseconds=1))) == found


@given(
    st.lists(schedules("Europe/Vienna"), max_size=4),
    st.integers(0, 9),
    st.integers(1, 9),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis adds the zone
    st.randoms(use_true_random=False),
)
def test_windows_only_raise_in_whatever_order_they_stand(
    some: list[Schedule], least: int, most: int, now: datetime, random: Random
) -> None:
    """The bounds are never below those without schedules, and always bounds."""
    some = named(some)
    shuffled = random.sample(some, len(some))

    found = bounds(least, most, some, now)

    assert found == bounds(least, most, shuffled, now)
    assert found.min >= least
    assert found.max >= max(most, found.min)
    if not found.active:
        assert (found.min, found.max) == (least, max(least, most))
