"""Whatever is claimed of a host, what it serves obeys these laws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from microservice_operator.routing.claims import Claim
from microservice_operator.routing.composing import Composed, compose
from tests.unit.routing.crowds import CROWDS, REQUEST, SITE, SPECS, Crowd, Object, name
from tests.unit.routing.requests import Request, chosen, served


def composed(crowd: Crowd) -> Composed:
    """What their host serves in the end."""
    return compose(SITE, crowd.claims(), ())


def lost(result: Composed) -> set[str]:
    """The routes that are not served."""
    return {conflict.rule for conflicts in result.lost.values() for conflict in conflicts}


@given(crowd=CROWDS, requests=st.lists(REQUEST, min_size=12, max_size=24))
@settings(max_examples=100, deadline=None)
def test_a_request_goes_where_its_user_means(crowd: Crowd, requests: list[Request]) -> None:
    """The proxy reads a list from the top; the user knows routes, and which of them come first."""
    result = composed(crowd)
    known = [route for route in crowd.routes() if route[1] not in lost(result)]
    for request in requests:
        entry = served(result.http, request)
        assert (entry["name"] if entry else None) == chosen(known, request), request


@given(crowd=CROWDS, request=REQUEST)
@settings(max_examples=50, deadline=None)
def test_whoever_asks_by_http_is_sent_to_https(crowd: Crowd, request: Request) -> None:
    """By the routes of those who want it, and by no others."""
    entry = served(composed(crowd).http, request)
    assume(entry is not None)
    assert entry is not None
    number = 9 - int(entry["name"][2])
    wanted = crowd.specs[number]["exposure"][0]["httpsRedirect"] and request.scheme == "http"

    assert ("redirect" in entry) == wanted


@given(crowd=CROWDS, request=REQUEST)
@settings(max_examples=50, deadline=None)
def test_a_version_gets_the_requests_that_it_matches(crowd: Crowd, request: Request) -> None:
    """Whichever route they take; all others go by weight."""
    entry = served(composed(crowd).http, request)
    assume(entry is not None and "route" in entry)
    assert entry is not None
    number = 9 - int(entry["name"][2])
    versions = crowd.specs[number]["versions"]
    weights = {each["name"]: each.get("weight", 0) for each in versions if each.get("weight")}
    for version in versions:
        [match] = version.get("match", [{}])
        headers, cookies = match.get("headers", []), match.get("cookies", [])
        if match and (
            all(request.headers.get(one["name"]) == one["exact"] for one in headers)
            and all(request.cookies.get(one["name"]) == one["exact"] for one in cookies)
        ):
            weights = {version["name"]: 100}
    if rest := 100 - sum(weights.values()):
        weights["stable"] = rest

    found = {
        each["destination"]["host"].partition(".")[0].partition("-")[2] or "stable": each.get(
            "weight", 100
        )
        for each in entry["route"]
    }

    assert found == weights


@given(crowd=CROWDS)
@settings(max_examples=50, deadline=None)
def test_what_is_served_is_sound(crowd: Crowd) -> None:
    """Weights are everybody, destinations exist, and no match is anybody's and somebody else's."""
    result = composed(crowd)
    hosts = {
        f"{name(number)}{track}.shop.svc.cluster.local"
        for number, each in enumerate(crowd.specs)
        for track in ("", *(f"-{version['name']}" for version in each["versions"]))
    }
    for entry in result.http:
        destinations = entry.get("route", [])
        assert {each["destination"]["host"] for each in destinations} <= hosts
        if len(destinations) > 1:
            assert sum(each["weight"] for each in destinations) == 100
            assert all(each["weight"] > 0 for each in destinations)
    rules = [rule for claim in crowd.claims() for rule in claim.rules]
    served_names = {entry["name"] for entry in result.http}
    by_route = {rule.name: rule.matches for rule in rules if rule.name in served_names}
    taken = Counter(match for matches in by_route.values() for match in matches)
    assert max(taken.values(), default=1) == 1


@given(crowd=CROWDS)
@settings(max_examples=50, deadline=None)
def test_every_route_is_served_or_told_of(crowd: Crowd) -> None:
    """What is lost has its match from a route that is served, and so is not there for nothing."""
    result = composed(crowd)
    everything = {route for _, route, _ in crowd.routes()}
    names = {entry["name"] for entry in result.http}
    rules = {rule.name: rule.matches for claim in crowd.claims() for rule in claim.rules}

    assert names | lost(result) == everything
    assert not names & lost(result)
    for conflicts in result.lost.values():
        for conflict in conflicts:
            assert conflict.holder in names
            assert rules[conflict.rule] & rules[conflict.holder]


@given(crowd=CROWDS, shuffled=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_claims_says_nothing(crowd: Crowd, shuffled: Any) -> None:
    """Nor does it matter how often the same is composed: what is live changes nothing then."""
    claimed = crowd.claims()
    expected = compose(SITE, claimed, ())
    shuffled.shuffle(claimed)

    assert compose(SITE, claimed, ()) == expected
    assert compose(SITE, claimed, expected.http) == expected


@given(before=CROWDS, crowd=CROWDS)
@settings(max_examples=50, deadline=None)
def test_a_second_look_changes_nothing(before: Crowd, crowd: Crowd) -> None:
    """Whatever was live before: what is served and what is told is settled at once."""
    first = compose(SITE, crowd.claims(), composed(before).http)

    assert compose(SITE, crowd.claims(), first.http) == first


@given(before=CROWDS, change=SPECS)
@settings(max_examples=40, deadline=None)
def test_what_is_carried_stays_as_it_is(before: Crowd, change: Object) -> None:
    """Byte for byte, in its order, whatever the others want now."""
    live = composed(before).http
    own = [entry for entry in live if entry["name"].startswith(f"{name(0)}.")]
    after = Crowd((before.specs[0], *([change] * len(before.specs[1:])), change))
    carried = [
        Claim(claim.claimant, claim.site, carried=True) if claim.claimant.name == name(0) else claim
        for claim in after.claims()
    ]

    result = compose(SITE, carried, live)

    assert [each for each in result.http if each["name"].startswith(f"{name(0)}.")] == own


@given(crowd=CROWDS, newcomer=SPECS)
@settings(max_examples=40, deadline=None)
def test_nobody_who_comes_later_takes_what_is_live(crowd: Crowd, newcomer: Object) -> None:
    """Not even an elder one: a route that was served is served, with the same entries."""
    live = composed(crowd).http
    elder = [
        Claim(
            type(claim.claimant)("2025-01-01T00:00:00Z", "uid-new", "shop", "elder"),
            claim.site,
            tuple(
                replace(
                    rule,
                    name=(name := f"elder.{rule.name.partition('.')[2]}"),
                    route={**rule.route, "name": name},
                )
                for rule in claim.rules
            ),
        )
        for claim in Crowd((newcomer,)).of(0)
    ]

    result = compose(SITE, [*elder, *crowd.claims()], live)

    assert [entry for entry in result.http if not entry["name"].startswith("elder.")] == [*live]
