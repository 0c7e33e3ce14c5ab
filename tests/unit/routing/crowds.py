"""Microservices at random that share a host, and requests to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from microservice_operator.routing.claiming import claims
from microservice_operator.routing.claims import Claim, Site
from tests import apps
from tests.unit.routing.requests import Request

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
