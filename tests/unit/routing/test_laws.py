"""Whatever is claimed of a host, what it serves obeys these laws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from microservice_operator.routing.claiming import claims
from microservice_operator.routing.claims import Claim, Site
from microservice_operator.routing.composing import Composed, compose
from tests import apps
from tests.unit.routing.requests import Request, chosen, served

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]
SITE = Site("public", "www.shop.example")
PATHS = ["/", "/a", "/a/b", "/ab"]
REGEXES = ["/a/[a-z]", "/[a-z]+", "/a.*"]
ASKED = ["/a/b", "/a/b/c", *PATHS, "/a/", "/a/c", "/ab/c", "/zzz"]
METHODS = ["GET", "PUT", "OPTIONS"]
VALUES = ["1", "12", "2", "x"]


def condition(name: str, *kinds: st.SearchStrategy[Object]) -> st.SearchStrategy[Object]:
    """One condition under this name."""
    return st.one_of(kinds).map(lambda kind: {"name": name, **kind})


def lists(*conditions: st.SearchStrategy[Object]) -> st.SearchStrategy[list[Object]]:
    """Some of these conditions."""
    return st.tuples(*(st.none() | each for each in conditions)).map(
        lambda found: [each for each in found if each]
    )


EXACT = st.sampled_from(VALUES).map(lambda value: {"exact": value})
PREFIX = st.sampled_from(["1", "12"]).map(lambda value: {"prefix": value})
REGEX = st.sampled_from(["[0-9]+", "1|x"]).map(lambda value: {"regex": value})
PRESENT, MISSING = st.just({"present": True}), st.just({"present": False})
HEADERS = lists(*(condition(n, EXACT, PREFIX, REGEX, PRESENT, MISSING) for n in ("x-a", "x-b")))
QUERY = lists(condition("q", EXACT, PREFIX, REGEX, PRESENT))
COOKIES = lists(*(condition(n, EXACT, PREFIX, PRESENT) for n in ("c", "d.e")))
PATH = st.sampled_from(
    [
        *({"prefix": path} for path in ["/a", "/a/b", "/a", "/a/b", *PATHS]),
        *({"exact": path} for path in PATHS),
        *({"regex": path} for path in REGEXES),
    ]
)
MATCH = st.fixed_dictionaries(
    {"headers": HEADERS, "query": QUERY, "cookies": COOKIES},
    optional={
        "path": PATH,
        "methods": st.lists(st.sampled_from(METHODS), min_size=1, max_size=2, unique=True),
    },
)
PLAIN = st.fixed_dictionaries({"path": PATH})
SIMPLE = st.fixed_dictionaries({"path": PATH, "headers": HEADERS})
ROUTE = st.fixed_dictionaries(
    {"match": st.one_of(PLAIN, PLAIN, SIMPLE, MATCH)},
    optional={"cors": st.just({"origins": ["https://web.example"]})},
)
ROUTES = st.lists(ROUTE, min_size=2, max_size=4).map(
    lambda routes: [{"name": f"r{number}", **route} for number, route in enumerate(routes)]
)
VERSIONS = st.sampled_from(
    [
        [],
        [{"name": "v2", "image": "a", "weight": 30}, {"name": "v3", "image": "a", "weight": 3}],
        [{"name": "v2", "image": "a", "match": [{"headers": [{"name": "x-a", "exact": "1"}]}]}],
        [
            {"name": "v2", "image": "a", "match": [{"cookies": [{"name": "c", "exact": "1"}]}]},
            {"name": "v3", "image": "a", "weight": 100},
        ],
    ]
)
REQUEST = st.builds(
    Request,
    path=st.sampled_from(ASKED),
    method=st.sampled_from(METHODS),
    headers=st.dictionaries(st.sampled_from(["x-a", "x-b"]), st.sampled_from(VALUES))
    | st.just({"access-control-request-method": "PUT"}),
    query=st.dictionaries(st.just("q"), st.sampled_from(VALUES)),
    cookies=st.dictionaries(st.sampled_from(["c", "d.e", "e", "ec"]), st.sampled_from(VALUES)),
    scheme=st.sampled_from(["https", "http"]),
)


@dataclass(frozen=True)
class Crowd:
    """Microservices that share a host, the elder first."""

    specs: tuple[Object, ...]

    def claims(self) -> list[Claim]:
        """What they want."""
        return [claim for number in range(len(self.specs)) for claim in self.of(number)]

    def of(self, number: int) -> tuple[Claim, ...]:
        """What one of them wants; one can be taken for another's by its uid alone."""
        app = apps.meshed(name(number), **self.specs[number])
        found = claims(app, created(number))
        return tuple(
            Claim(_with_uid(claim, number), claim.site, claim.rules, claim.carried)
            for claim in found
        )

    def routes(self) -> Iterator[tuple[str, str, Object]]:
        """Each route with the age of its Microservice and its name."""
        for number, spec in enumerate(self.specs):
            for route in spec["exposure"][0]["routes"]:
                yield created(number), f"{name(number)}.{route['name']}", route


def name(number: int) -> str:
    """Names say nothing of the age."""
    return f"ms{9 - number}"


def created(number: int) -> str:
    """When one of them came to be; two are of the same age."""
    return f"2026-01-0{max(number, 1)}T00:00:00Z"


def _with_uid(claim: Claim, number: int) -> Any:
    kind = type(claim.claimant)
    return kind(claim.claimant.created, f"uid-{number}", "shop", claim.claimant.name)


def spec(routes: list[Object], versions: list[Object], *, https: bool) -> Object:
    """A Microservice at the host."""
    exposure = {"name": "a", "gateway": SITE.gateway, "hosts": [SITE.host], "routes": routes}
    return {"exposure": [{**exposure, "httpsRedirect": https}], "versions": versions}


SPECS = st.builds(spec, ROUTES, VERSIONS, https=st.booleans())
CROWDS = st.lists(SPECS, min_size=1, max_size=3).map(lambda found: Crowd(tuple(found)))


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
@settings(max_examples=100, deadline=None)
def test_whoever_asks_by_http_is_sent_to_https(crowd: Crowd, request: Request) -> None:
    """By the routes of those who want it, and by no others."""
    entry = served(composed(crowd).http, request)
    assume(entry is not None)
    assert entry is not None
    number = 9 - int(entry["name"][2])
    wanted = crowd.specs[number]["exposure"][0]["httpsRedirect"] and request.scheme == "http"

    assert ("redirect" in entry) == wanted


@given(crowd=CROWDS, request=REQUEST)
@settings(max_examples=100, deadline=None)
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
@settings(max_examples=100, deadline=None)
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
@settings(max_examples=100, deadline=None)
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
@settings(max_examples=100, deadline=None)
def test_the_order_of_claims_says_nothing(crowd: Crowd, shuffled: Any) -> None:
    """Nor does it matter how often the same is composed: what is live changes nothing then."""
    claimed = crowd.claims()
    expected = compose(SITE, claimed, ())
    shuffled.shuffle(claimed)

    assert compose(SITE, claimed, ()) == expected
    assert compose(SITE, claimed, expected.http) == expected


@given(before=CROWDS, change=SPECS)
@settings(max_examples=80, deadline=None)
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
@settings(max_examples=80, deadline=None)
def test_nobody_who_comes_later_takes_what_is_live(crowd: Crowd, newcomer: Object) -> None:
    """Not even an elder one: a route that was served is served, with the same entries."""
    live = composed(crowd).http
    elder = [
        Claim(
            type(claim.claimant)("2025-01-01T00:00:00Z", "uid-new", "shop", "elder"),
            claim.site,
            tuple(
                type(rule)(
                    f"elder.{rule.name.partition('.')[2]}",
                    rule.rank,
                    rule.matches,
                    {**rule.route, "name": f"elder.{rule.name.partition('.')[2]}"},
                )
                for rule in claim.rules
            ),
        )
        for claim in Crowd((newcomer,)).of(0)
    ]

    result = compose(SITE, [*elder, *crowd.claims()], live)

    assert [entry for entry in result.http if not entry["name"].startswith("elder.")] == [*live]
