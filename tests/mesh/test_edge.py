"""What hosts serve, rendered by the operator's own functions and judged by real requests."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import Settings
from microservice_operator.routing.claiming import claims
from microservice_operator.routing.composing import compose
from microservice_operator.routing.manifest import virtual_service
from tests.cluster import wait_until
from tests.corpus.documents import document

if TYPE_CHECKING:
    from microservice_operator.routing.claims import Claim
    from tests.mesh.asking import Answer, Outside
    from tests.mesh.place import Place

Object = dict[str, Any]
FOLDER, V2 = {"path": {"prefix": "/orders"}}, {"name": "v2", "image": "a"}


@pytest.fixture(autouse=True)
def versions(place: Place) -> None:
    """An app and its other version, which run; and another app."""
    place.run("orders")
    place.run("orders-v2", version="v2")
    place.run("web", version="v2")
    place.ready("orders", "orders-v2", "web")


def publish(place: Place, *hosts: str, gateway: str = "public", **apps: Object) -> None:
    """Apply what these hosts serve when these Microservices are exposed there."""
    found: list[Claim] = []
    for name, spec in apps.items():
        exposure = {"name": "a", "gateway": gateway, "hosts": [*hosts], **spec}
        said = {"image": "a", "exposure": [exposure], **exposure.pop("spec", {})}
        body = document(said, name)
        body["metadata"] = {"name": name, "namespace": place.namespace, "uid": f"uid-of-{name}"}
        found += claims(understand(body, Settings(), Facts(mesh=True)), "2026-01-01T00:00:00Z")
    for site in sorted({claim.site for claim in found}):
        owners = [claim.claimant for claim in found if claim.site == site]
        composed = compose(site, found, ())
        assert not composed.lost
        manifest = {**virtual_service(site, f"edge/{gateway}", composed, owners)}
        del manifest["metadata"]["ownerReferences"]
        place.apply(manifest)


def told(*routes: Object, **more: Any) -> Object:
    """Routes that tell their names in the answer."""

    def telling(route: Object) -> Object:
        marks = {"response": {"set": [{"name": "x-route", "value": route["name"]}]}}
        return {"headers": marks, **route}

    return {"routes": [telling(route) for route in routes], **more}


def route_of(answer: Answer) -> str:
    """The route that has answered; its status if none has."""
    return answer.headers.get("x-route", str(answer.status))


def test_the_most_particular_route_answers(place: Place, ask: Outside) -> None:
    """By host, path, method, headers, query and cookies, whoever the routes belong to."""
    site = place.site()
    orders = told(
        {"name": "folder", "match": FOLDER},
        {"name": "exact", "match": {"path": {"exact": "/orders/latest"}}},
        {"name": "puts", "match": {**FOLDER, "methods": ["PUT", "DELETE"]}},
        {"name": "deep", "match": {"path": {"prefix": "/orders/deep"}}},
        {"name": "regex", "match": {"path": {"regex": "/[0-9]+"}}},
    )
    conditions = {
        "exact": {"headers": [{"name": "x-user", "exact": "ada"}]},
        "prefix": {"headers": [{"name": "x-user", "prefix": "test-"}]},
        "pattern": {"headers": [{"name": "x-user", "regex": "u[0-9]+"}]},
        "query": {"query": [{"name": "page", "regex": "[0-9]+"}, {"name": "new", "present": True}]},
        "start": {"query": [{"name": "lang", "prefix": "d"}]},
        "cookies": {"cookies": [{"name": "b.c", "prefix": "1"}, {"name": "a", "exact": "x"}]},
        "neither": {
            "headers": [{"name": "x-user", "present": False}, {"name": "x-no", "present": True}]
        },
    }
    web = told(
        *({"name": name, "match": match} for name, match in conditions.items()), {"name": "rest"}
    )
    publish(place, site, orders=orders, web=web)
    ask.until(200, site)

    def answered(path: str, method: str = "GET", **headers: str) -> str:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return route_of(replace(ask, method=method)(site, path, said))

    asked = {
        "/orders": "folder",
        "/orders/": "folder",
        "/orders/1?x=/orders/latest": "folder",
        "/ordersX": "rest",
        "/orders/latest": "exact",
        "/orders/latest?a=b": "exact",
        "/orders/latest/": "folder",
        "/orders/deep/1": "deep",
        "/12": "regex",
        "/12/a": "rest",
        "/?page=12&new=": "query",
        "/?page=12": "rest",
        "/?page=x&new=1": "rest",
        "/?lang=de": "start",
    }
    assert {path: answered(path) for path in asked} == asked
    assert answered("/orders/1", "PUT") == "puts"
    assert answered("/orders/deep", "PUT") == "deep"
    users = {"ada": "exact", "test-1": "prefix", "u12": "pattern", "u12x": "rest", "eve": "rest"}
    assert {user: answered("/", x_user=user) for user in users} == users
    assert answered("/", x_no="1") == "neither"
    assert answered("/", x_no="1", x_user="eve") == "rest"
    cookies = {
        "b.c=12; a=x": "cookies",
        "z=1; a=x; y=2; b.c=1; w=3": "cookies",
        "a=x;b.c=1": "cookies",
        "a=xx; b.c=1": "rest",
        "aa=x; b.c=1": "rest",
        "a=x; bxc=1": "rest",
        "a=x": "rest",
    }
    assert {cookie: answered("/", cookie=cookie) for cookie in cookies} == cookies


def test_hosts_are_told_apart(place: Place, ask: Outside) -> None:
    """By gateway, by name, and by wildcard; a whole name comes before a wildcard."""
    site = place.site()
    publish(place, f"*.{site}", orders=told({"name": "any"}))
    publish(place, f"www.{site}", web=told({"name": "one"}))
    publish(place, f"in.{site}", gateway="internal", web=told({"name": "inside"}))
    ask.until(200, f"www.{site}")

    wait_until(lambda: route_of(ask(f"www.{site}")) == "one", "the whole name")
    wait_until(lambda: route_of(ask(f"x.y.{site}")) == "any", "the wildcard")
    assert route_of(ask(f"in.{site}")) == "any"
    assert route_of(ask(f"in.{site}", gateway="internal")) == "inside"
    assert route_of(ask(site)) == "404"
    assert route_of(ask(f"WWW.{site}")) == "one"


def test_requests_are_changed_on_their_way(place: Place, ask: Outside) -> None:
    """Paths, hosts and headers; or whoever asks is sent elsewhere, with what follows the `?`."""
    site = place.site()
    add, gone = [{"name": "x-b", "value": "2"}], ["x-gone"]
    changes = {"set": [{"name": "x-a", "value": "100% %REQ(x-b)%"}], "add": add, "remove": gone}
    routes = [
        {"name": "root", "match": FOLDER, "rewrite": {"path": "/"}},
        {"name": "v2", "match": {"path": {"prefix": "/v1"}}, "rewrite": {"path": "/v2/"}},
        {
            "name": "whole",
            "match": {"path": {"regex": "/old/.*"}},
            "rewrite": {"path": "/new", "host": "other.example"},
        },
        {"name": "moved", "match": {"path": {"prefix": "/go"}}, "redirect": {"path": "/gone"}},
        {
            "name": "far",
            "match": {"path": {"prefix": "/far"}},
            "redirect": {"scheme": "https", "host": "far.example", "code": 308},
        },
        {"name": "changed", "headers": {"request": changes, "response": {"remove": ["x-version"]}}},
    ]
    publish(place, site, orders={"routes": routes})
    ask.until(200, site)

    paths = {
        "/orders": "/",
        "/orders/": "/",
        "/orders/7/?a=b": "/7/?a=b",
        "/orders?a=/orders": "/?a=/orders",
        "/v1": "/v2",
        "/v1/x": "/v2/x",
        "/old/a/b?c=d": "/new?c=d",
        "/kept/?e": "/kept/?e",
    }
    assert {path: ask(site, path).told["path"] for path in paths} == paths
    changed = ask(site, "/", {"x-a": "0", "x-b": "1", "x-gone": "here"})
    headers = changed.told["headers"]
    assert (headers["x-a"], "x-gone" in headers) == ("100% %REQ(x-b)%", False)
    assert changed.version == ""
    moved, far = ask(site, "/go/x?a=b"), ask(site, "/far/x?a=b")
    assert (moved.status, moved.headers["location"]) == (301, f"http://{site}/gone?a=b")
    assert (far.status, far.headers["location"]) == (308, "https://far.example/far/x?a=b")


def test_whoever_asks_by_http_is_sent_to_https(place: Place, ask: Outside) -> None:
    """By the routes of one Microservice; another one at the same host goes on as it was."""
    site = place.site()
    web = told({"name": "open", "match": {"path": {"prefix": "/open"}}})
    publish(place, site, orders=told({"name": "all"}, httpsRedirect=True), web=web)
    ask.until(301, site)

    sent = ask(site, "/a?b=c")

    assert (sent.status, sent.headers["location"]) == (301, f"https://{site}/a?b=c")
    assert route_of(ask(site, "/a?b=c", scheme="https")) == "all"
    assert route_of(ask(site, "/open")) == "open"
    assert route_of(ask(site, "/open", scheme="https")) == "open"


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
    put, beforehand = replace(ask, method="PUT"), replace(ask, method="OPTIONS")
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

    assert ask(site, "/quick?sleep=600ms").status == 504
    assert ask(site, "/rest?sleep=600ms").status == 200
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
