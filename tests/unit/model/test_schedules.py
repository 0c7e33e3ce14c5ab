"""Windows of time that raise the bounds, seen from the moments around them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.errors import Invalid
from microservice_operator.model import App, understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import Settings
from tests import apps

if TYPE_CHECKING:
    from microservice_operator.model.schedules import Bounds

DAY = {"name": "day", "start": "0 9 * * *", "end": "0 17 * * *", "min": 4, "leadTime": "10m"}
SALE = {"name": "sale", "start": "0 12 1 7 *", "duration": "36h", "min": 3, "max": 50}


def app(now: str, *schedules: dict[str, Any], **scaling: Any) -> App:
    """An app of two to ten pods at this time."""
    scaling = {"min": 2, "max": 10, "schedules": list(schedules), **scaling}
    body = apps.body(scaling=scaling, resources={"requests": {"cpu": "100m"}})
    return understand(body, Settings(), Facts(now=datetime.fromisoformat(now)))


def planned(now: str, *schedules: dict[str, Any], **scaling: Any) -> Bounds:
    """Where its schedules stand."""
    found = app(now, *schedules, **scaling).scaling
    assert found is not None
    assert found.windows is not None
    assert (found.min, found.max) == (found.windows.min, found.windows.max)
    return found.windows


def moments(bounds: Bounds) -> tuple[str, str]:
    """When something changes, and when the next window starts."""
    assert bounds.changes_at
    assert bounds.next
    return f"{bounds.changes_at:%m-%d %H:%M}", f"{bounds.next.start:%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "least", "active", "expected"),
    [
        ("2026-07-01T08:49:59Z", 2, (), ("07-01 08:50", "07-01 09:00")),
        ("2026-07-01T08:50:00Z", 4, ("day",), ("07-01 17:00", "07-02 09:00")),
        ("2026-07-01T16:59:59Z", 4, ("day",), ("07-01 17:00", "07-02 09:00")),
        ("2026-07-01T17:00:00Z", 2, (), ("07-02 08:50", "07-02 09:00")),
    ],
)
def test_a_window_is_open_from_its_lead_time_to_its_end(
    now: str, least: int, active: tuple[str, ...], expected: tuple[str, str]
) -> None:
    """To the second; and it is known when to ask again."""
    found = planned(now, DAY)

    assert (found.min, found.active, moments(found)) == (least, active, expected)


def test_a_window_starts_two_minutes_early_unless_told_otherwise() -> None:
    """Pods take their time."""
    assert moments(planned("2026-07-01T00:00Z", SALE))[0] == "07-01 11:58"


def test_a_window_may_have_begun_days_ago() -> None:
    """What was open before a restart is open after it."""
    week = DAY | {"start": "0 0 * * MON", "end": None, "duration": "168h"}
    del week["end"]

    assert planned("2026-07-01T00:00Z", week).active == ("day",)
    assert planned("2026-07-03T00:00Z", SALE).active == ()
    assert planned("2026-07-02T23:59Z", SALE).active == ("sale",)


def test_a_window_ends_after_a_week_if_its_end_is_later() -> None:
    """Else a typing error in `end` would cost a month of pods."""
    monthly = DAY | {"start": "0 0 1 * *", "end": "0 0 20 * *"}

    assert planned("2026-07-07T23:59Z", monthly).active == ("day",)
    assert planned("2026-07-08T00:00Z", monthly).active == ()


def test_of_several_windows_the_widest_bounds_hold() -> None:
    """A schedule that asks for less than is there changes nothing."""
    low = DAY | {"name": "low", "min": 0, "max": 5}

    found = planned("2026-07-01T12:30Z", DAY, SALE, low)

    assert (found.min, found.max, found.active) == (4, 50, ("day", "low", "sale"))


def test_a_window_may_raise_the_least_above_the_most() -> None:
    """Then the most follows: there cannot be less of them at most than at least."""
    found = planned("2026-07-01T12:30Z", DAY | {"min": 40})

    assert (found.min, found.max) == (40, 40)


def test_what_prolongs_an_open_window_does_not_come_next() -> None:
    """Else the status would be written anew every minute."""
    ever = DAY | {"start": "* * * * *", "end": "* * * * *", "leadTime": "0s"}
    found = planned("2026-07-01T12:30:30Z", ever)

    assert (found.active, found.next) == (("day",), None)
    assert found.changes_at == datetime.fromisoformat("2026-07-01T12:31Z")


def test_a_window_that_clocks_skip_does_not_open() -> None:
    """Neither its start nor its end is a time of that day; the day before, it is open."""
    night = DAY | {"start": "10 2 * * *", "end": "50 2 * * *", "timeZone": "Europe/Vienna"}

    assert moments(planned("2026-03-28T12:00Z", night))[1] == "03-30 00:10"
    assert planned("2026-03-29T00:59Z", night).active == ()
    assert planned("2026-03-29T01:00Z", night).active == ()
    assert planned("2026-03-28T01:30Z", night).active == ("day",)


def test_without_schedules_nothing_is_planned() -> None:
    """There is no moment at which to look again, and nothing to say."""
    found = app("2026-07-01T00:00Z").scaling

    assert found is not None
    assert (found.min, found.max, found.windows) == (2, 10, None)


def test_the_autoscaler_has_the_bounds_of_the_moment() -> None:
    """Which is all that a window does; the Deployment lets go of its pods' number."""
    open_, closed = (
        apps.children(app(f"2026-07-01T{hour}:00Z", DAY | {"max": 12})) for hour in ("12", "20")
    )

    assert (_bounds(open_), _bounds(closed)) == ((4, 12), (2, 10))
    assert "replicas" not in open_["Deployment"]["spec"]
    assert {**open_, "HorizontalPodAutoscaler": {}} == {**closed, "HorizontalPodAutoscaler": {}}


def _bounds(children: dict[str, Any]) -> tuple[int, int]:
    spec = children["HorizontalPodAutoscaler"]["spec"]
    return spec["minReplicas"], spec["maxReplicas"]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"timeZone": "europe/vienna"}, "timeZone", "did you mean 'Europe/Vienna'?"),
        ({"timeZone": "Moon/Tranquility-Base"}, "timeZone", "such as 'Europe/Vienna', not 'Moon/"),
        ({"start": "0 17-9 * * *"}, "start", "must have ranges that run upwards"),
        ({"end": "0 0 * * SAT-SUN"}, "end", "not '0 0 * * SAT-SUN'"),
        ({"start": "0 0 30 2 *"}, "start", "a day that one of its months has"),
    ],
)
def test_what_only_the_operator_can_know_is_told(
    wrong: dict[str, Any], field: str, says: str
) -> None:
    """The server lets it pass; the condition names the field and what is allowed there."""
    with pytest.raises(Invalid) as error:
        app("2026-07-01T00:00Z", DAY | wrong)

    assert str(error.value).startswith(f"spec.scaling.schedules[day].{field}: must ")
    assert says in str(error.value)
