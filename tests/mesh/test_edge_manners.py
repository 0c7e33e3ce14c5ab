"""How gateways behave for the hosts of Microservices: to browsers, in time, and among versions."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.mesh.exposing import FOLDER, V2, Object, publish, run_all, told

if TYPE_CHECKING:
    from tests.mesh.asking import Answer, Outside
    from tests.mesh.place import Place


@pytest.fixture(autouse=True)
def _apps(place: Place) -> None:
    run_all(place)


def test_browsers_are_told_which_pages_may_ask(place: Place, ask: Outside) -> None:
    """The service hears no question of a browser, neither of a page that may nor of another."""
    site = place.site()
    cors = {
        "origins": ["https://web.example", "https://*.shop.example"],
        "methods": ["PUT"],
        "headers": ["x-a"],
        "maxAge": "1m30s",
        "credentials": True,
    }
    publish(place, site, orders=told({"name": "puts", "match": {"methods": ["PUT"]}, "cors": cors}))
    put, beforehand = partial(ask, method="PUT"), partial(ask, method="OPTIONS")
    wait_until(lambda: put(site).status == 200, "the route")
    allow = "access-control-allow-origin"

    def asked(origin: str, method: str = "PUT") -> Answer:
        return beforehand(site, "/", {"origin": origin, "access-control-request-method": method})

    for origin in ("https://web.example", "https://a.b.shop.example"):
        answer = asked(origin)
        assert (answer.status, answer.headers[allow], answer.version) == (200, origin, "")
        assert answer.headers["access-control-allow-methods"] == "PUT"
        assert answer.headers["access-control-max-age"] == "90"
        assert put(site, "/", {"origin": origin}).headers[allow] == origin
    for origin in ("https://evil.example", "https://shop.example", "https://x.shop.example.evil"):
        assert allow not in asked(origin).headers
        assert asked(origin).version == ""
        assert allow not in put(site, "/", {"origin": origin}).headers
    assert asked("https://web.example", "DELETE").status == 404
    assert beforehand(site).status == 404


def test_routes_wait_fail_and_try_again_as_they_should(place: Place, ask: Outside) -> None:
    """A route's own words win over those for all callers; a stream has no end."""
    site = place.site()
    retries = {"attempts": 3, "when": ["ServerError"]}
    routes: list[Object] = [
        {"name": "quick", "match": {"path": {"prefix": "/quick"}}, "timeout": "300ms"},
        {"name": "stream", "match": {"path": {"prefix": "/stream"}}, "streaming": True},
        {"name": "again", "match": {"path": {"prefix": "/again"}}, "retries": retries},
        {
            "name": "fails",
            "match": {"path": {"prefix": "/fails"}},
            "fault": {"abort": {"code": 418, "percent": 50}},
        },
        {
            "name": "slow",
            "match": {"path": {"prefix": "/slow"}},
            "fault": {"delay": {"duration": "1s"}},
        },
        {"name": "rest"},
    ]
    patience = {"timeout": "1s", "retries": {"attempts": 0}}
    publish(place, site, orders=told(*routes, spec={"resilience": patience}))
    ask.until(200, site)

    assert ask(site, "/quick?sleep=400ms").status == 504
    assert ask(site, "/rest?sleep=400ms").status == 200
    assert ask(site, "/rest?sleep=1500ms").status == 504
    assert ask(site, "/stream?sleep=1500ms").status == 200
    failed = Counter(answer.status for answer in ask.often(200, site, "/fails"))
    assert set(failed) == {200, 418}
    assert abs(failed[418] - 100) < 5 * sqrt(200 * 0.25)
    began = time.monotonic()
    assert ask(site, "/slow").status == 200
    assert time.monotonic() - began > 1
    before = int(place.tell("orders", "requests"))
    place.switch(place.pods("orders")[0], fail=503)
    assert ask(site, "/rest").status == 503
    assert ask(site, "/again").status == 503
    place.switch(place.pods("orders")[0], fail=0)
    assert int(place.tell("orders", "requests")) == before + 1 + 4


def test_versions_get_their_shares_at_the_edge(place: Place, ask: Outside) -> None:
    """By what they match, on every route; by weight; by name; and as a copy."""
    site = place.site()
    match = [{"headers": [{"name": "x-group", "exact": "beta"}]}]
    routes: list[Object] = [
        {"name": "new", "match": {"path": {"prefix": "/new"}}, "to": {"version": "v2"}},
        {"name": "folder", "match": {**FOLDER, "headers": [{"name": "x-group", "prefix": "b"}]}},
        {"name": "copied", "match": {"path": {"prefix": "/c"}}, "mirror": {"version": "v2"}},
        {"name": "rest"},
    ]
    routes[2]["to"] = {"version": "v1"}
    spec = {"versions": [{**V2, "weight": 20, "match": match}]}
    publish(place, site, orders=told(*routes, spec=spec))
    ask.until(200, site)
    beta = {"x-group": "beta"}

    assert ask(site, "/new").version == "v2"
    assert {answer.version for answer in ask.often(20, site, "/orders", beta)} == {"v2"}
    assert {answer.version for answer in ask.often(20, site, "/", beta)} == {"v2"}
    served = Counter(answer.version for answer in ask.often(1000, site))
    assert abs(served["v2"] - 200) < 5 * sqrt(1000 * 0.2 * 0.8)
    before = int(place.tell("orders-v2", "requests"))
    assert {answer.version for answer in ask.often(20, site, "/c")} == {"v1"}
    wait_until(lambda: int(place.tell("orders-v2", "requests")) == before + 20, "the copies")
