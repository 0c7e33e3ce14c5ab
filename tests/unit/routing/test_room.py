"""Hosts of so many, or of such large routes, that not everything fits into one object."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from microservice_operator.routing.composing import Conflict, compose
from microservice_operator.routing.precedence import rules
from microservice_operator.routing.room import MOST
from tests.unit.routing.claimed import SITE, claim, names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model.app import Manifest
    from microservice_operator.routing.claims import Claim


def large(who: str, age: int, more: int = 0, *, https: bool = False) -> Claim:
    """A folder, and so many headers with it that a few dozen of them fill an object."""
    small = claim(who, age, f"/{who}", exposed={"httpsRedirect": https})
    *redirects, route = (rule.route for rule in small.rules)
    headers = {f"x-{number}": "v" * 10_000 for number in range(4 + more)}
    route = {**route, "headers": {"request": {"set": headers}}}
    return replace(small, rules=rules([*redirects, route]))


def encoded(entries: Iterable[Manifest]) -> str:
    """As they are sent."""
    return json.dumps([*entries])


def test_a_host_has_room_for_thousands() -> None:
    """More than two thousand plain routes, each with its owner."""
    crowd = [claim(f"ms{number}", number % 28 + 1, f"/{number}") for number in range(2000)]

    result = compose(SITE, crowd, ())

    assert (len(result.http), result.lost) == (2000, {})


def test_what_does_not_fit_is_left_out_and_all_else_is_served() -> None:
    """As a whole route; the last to come is told, also when the others have not come to be yet."""
    crowd = [large(f"ms{age:02}", age) for age in range(1, 28)]
    live = compose(SITE, crowd[1:], ()).http
    assert len(live) < 26
    served = {entry["name"] for entry in live}

    result = compose(SITE, crowd, live)

    assert {entry["name"] for entry in result.http} == served
    assert len(encoded(result.http)) < MOST
    assert result.lost["uid-ms01"] == (Conflict("ms01.ms01", ""),)


@pytest.mark.parametrize("https", [False, True])
def test_who_grows_beyond_the_room_displaces_nobody(*, https: bool) -> None:
    """Its own route is left out as a whole, which is told, and returns when it is small again."""
    crowd = [large("ms01", 1, https=https), *(large(f"ms{age:02}", age) for age in range(2, 28))]
    first = compose(SITE, crowd, ())
    fits = [each for each in crowd if each.claimant.uid not in first.lost]

    grown = compose(SITE, [large("ms01", 1, 4, https=https), *fits[1:]], first.http)
    assert grown.lost == {"uid-ms01": (Conflict("ms01.ms01", ""),)}
    assert names(grown) == [name for name in names(first) if name != "ms01.ms01"]

    again = compose(SITE, fits, grown.http)
    assert (again.lost, again.http) == ({}, first.http)


def test_what_is_live_stays_however_large_it_is() -> None:
    """An operator that made more room may have written it."""
    crowd = [large(f"ms{age:02}", age) for age in range(1, 28)]
    live = [rule.route for each in crowd for rule in each.rules]
    assert len(encoded(live)) > MOST

    result = compose(SITE, crowd, live)

    assert (len(result.http), result.lost) == (len(live), {})
