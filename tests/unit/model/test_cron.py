"""When cron expressions fire in zones whose clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from microservice_operator.model import cron

VIENNA, LORD_HOWE, APIA = "Europe/Vienna", "Australia/Lord_Howe", "Pacific/Apia"


def moment(text: str) -> datetime:
    """A moment, or a local time if the text has no zone."""
    return datetime.fromisoformat(text)


def following(expression: str, zone: str, now: str, count: int = 3) -> list[str]:
    """The next moments at which an expression fires, in UTC."""
    there = cron.zone(zone)
    assert there is not None
    firings = islice(cron.after(expression, moment(now), there), count)
    return [f"{cron.instant(firing, there):%m-%d %H:%M}" for firing in firings]


def past(expression: str, zone: str, now: str, count: int = 3) -> list[str]:
    """The last moments at which it fired, the latest first."""
    there = cron.zone(zone)
    assert there is not None
    firings = islice(cron.until(expression, moment(now), there), count)
    return [f"{cron.instant(firing, there):%m-%d %H:%M}" for firing in firings]


@pytest.mark.parametrize(
    ("zone", "local", "begins"),
    [
        (VIENNA, "2026-07-01T09:00", "2026-07-01T07:00Z"),
        (VIENNA, "2026-03-29T01:59", "2026-03-29T00:59Z"),
        (VIENNA, "2026-03-29T02:00", "2026-03-29T01:00Z"),
        (VIENNA, "2026-03-29T02:59", "2026-03-29T01:00Z"),
        (VIENNA, "2026-03-29T03:00", "2026-03-29T01:00Z"),
        (VIENNA, "2026-10-25T02:30", "2026-10-25T00:30Z"),
        (VIENNA, "2026-10-25T03:00", "2026-10-25T02:00Z"),
        (LORD_HOWE, "2026-10-04T02:10", "2026-10-03T15:30Z"),
        (LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45Z"),
        (APIA, "2011-12-30T12:00", "2011-12-30T10:00Z"),
    ],
)
def test_a_local_time_begins_once(zone: str, local: str, begins: str) -> None:
    """A skipped one when the clocks go on, be it a day later; a repeated one the first time."""
    there = cron.zone(zone)
    assert there is not None

    assert cron.instant(moment(local), there) == moment(begins)


def test_firings_follow_the_clocks_of_the_zone() -> None:
    """An hour of the wall is another hour of the world after a change."""
    assert following("0 9 * * *", VIENNA, "2026-03-28T12:00Z") == [
        "03-29 07:00",
        "03-30 07:00",
        "03-31 07:00",
    ]
    assert following("0 9 * * *", VIENNA, "2026-03-27T12:00Z", 1) == ["03-28 08:00"]


def test_no_firing_is_both_past_and_yet_to_come() -> None:
    """Inside the hour that clocks repeat, all of its firings have been."""
    second_quarter_past_two = "2026-10-25T01:15Z"

    assert past("30 2 * * *", VIENNA, second_quarter_past_two, 1) == ["10-25 00:30"]
    assert following("30 2 * * *", VIENNA, second_quarter_past_two, 1) == ["10-26 01:30"]


@pytest.mark.parametrize(
    ("now", "last", "first"),
    [
        ("2026-07-01T08:59:59.999Z", "06-30 09:00", "07-01 09:00"),
        ("2026-07-01T09:00:00Z", "07-01 09:00", "07-02 09:00"),
        ("2026-07-01T09:00:59Z", "07-01 09:00", "07-02 09:00"),
    ],
)
def test_a_firing_has_begun_from_its_moment_on(now: str, last: str, first: str) -> None:
    """To the second, and not a minute later."""
    assert past("0 9 * * *", "UTC", now, 1) == [last]
    assert following("0 9 * * *", "UTC", now, 1) == [first]


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 29 2 *",
        "0 0 29 2 */7",
        "0 0 30 2 MON",
        "59 23 31 12 7",
        "0 0 1 JAN SUN",
        "5/9 * * * *",
    ],
)
def test_what_is_rare_fires_all_the_same(expression: str) -> None:
    """A leap day comes every four years, a leap day on a Sunday every 28."""
    assert cron.fires(expression)
    assert following(expression, "UTC", "2026-07-01T00:00Z", 1)
    assert past(expression, "UTC", "2026-07-01T00:00Z", 1)


@pytest.mark.parametrize(
    "expression",
    ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 17-9 * * *", "0 0 * * SAT-SUN", "0 0 * DEC-JAN *"],
)
def test_what_never_fires_is_known(expression: str) -> None:
    """A day that no month has, a range that runs backwards."""
    assert not cron.fires(expression)


def test_zones_are_known_by_their_exact_names() -> None:
    """What the system's database has beside them, such as folders, is no zone."""
    for name in ("Europe/Vienna", "UTC", "America/Argentina/Buenos_Aires"):
        assert cron.zone(name)
    for name in ("europe/vienna", "Europe", "posixrules", "right/UTC", "../etc/passwd", "CEST"):
        assert cron.zone(name) is None


def test_every_zone_is_there_without_a_database_of_the_system() -> None:
    """An image may have none: the package brings all that it names."""
    for name in cron.zones().values():
        assert cron.zone(name), name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("europe/vienna", "Europe/Vienna"),
        ("Europe/Wien", "Europe/Vienna"),
        ("America/NewYork", "America/New_York"),
        ("Moon/Tranquility-Base", None),
    ],
)
def test_the_nearest_zone_is_found(written: str, meant: str | None) -> None:
    """If there is anything like it."""
    assert cron.nearest_zone(written) == meant


def test_moments_are_told_in_utc() -> None:
    """They are compared with one another, whatever their zones."""
    vienna = cron.zone(VIENNA)
    assert vienna is not None
    assert cron.instant(moment("2026-07-01T09:00"), vienna).tzinfo is UTC
