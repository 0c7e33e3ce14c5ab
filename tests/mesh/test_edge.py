"""What hosts serve: who answers which request, and what becomes of it on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.mesh.exposing import FOLDER, Object, publish, route_of, run_all, told

if TYPE_CHECKING:
    from tests.mesh.asking import Outside
    from tests.mesh.place import Place

ORDERS = told(
    {"name": "folder", "match": FOLDER},
    {"name": "exact", "match": {"path": {"exact": "/orders/latest"}}},
    {"name": "puts", "match": {**FOLDER, "methods": ["PUT", "DELETE"]}},
    {"name": "deep", "match": {"path": {"prefix": "/orders/deep"}}},
    {"name": "regex", "match": {"path": {"regex": "/[0-9]+"}}},
)
CONDITIONS: dict[str, Object] = {
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
ASKED = {
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
COOKIES = {
    "b.c=12; a=x": "cookies",
    "z=1; a=x; y=2; b.c=1; w=3": "cookies",
    "a=x;b.c=1": "cookies",
    "a=xx; b.c=1": "rest",
    "aa=x; b.c=1": "rest",
    "a=x; bxc=1": "rest",
    "a=x": "rest",
}
PATHS = {
    "/orders": "/",
    "/orders/": "/",
    "/orders/7/?a=b": "/7/?a=b",
    "/orders?a=/orders": "/?a=/orders",
    "/v1": "/v2",
    "/v1/x": "/v2/x",
    "/old/a/b?c=d": "/new?c=d",
    "/kept/?e": "/kept/?e",
}


@pytest.fixture(autouse=True)
def _apps(place: Place) -> None:
    run_all(place)


def test_the_most_particular_route_answers(place: Place, ask: Outside) -> None:
    """By host, path, method, headers, query and cookies, whoever the routes belong to."""
    site = place.site()
    web = told(
        *({"name": name, "match": match} for name, match in CONDITIONS.items()), {"name": "rest"}
    )
    publish(place, site, orders=ORDERS, web=web)
    ask.until(200, site)

    def answered(path: str, method: str = "GET", **headers: str) -> str:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return route_of(ask(site, path, said, method=method))

    assert {path: answered(path) for path in ASKED} == ASKED
    assert answered("/orders/1", "PUT") == "puts"
    assert answered("/orders/deep", "PUT") == "deep"
    users = {"ada": "exact", "test-1": "prefix", "u12": "pattern", "u12x": "rest", "eve": "rest"}
    assert {user: answered("/", x_user=user) for user in users} == users
    assert answered("/", x_no="1") == "neither"
    assert answered("/", x_no="1", x_user="eve") == "rest"
    assert {cookie: answered("/", cookie=cookie) for cookie in COOKIES} == COOKIES


def test_hosts_are_told_apart(place: Place, ask: Outside) -> None:
    """By gateway, by name, and by wildcard; a whole name comes before a wildcard."""
    site = place.site()
    publish(place, f"*.{site}", orders=told({"name": "any"}))
    publish(place, f"www.{site}", web=told({"name": "one"}))
    publish(place, f"in.{site}", gateway="internal", web=told({"name": "inside"}))
    ask.until(200, f"www.{site}")

    wait_until(lambda: route_of(ask(f"www.{site}")) == "one", "the whole name")
    wait_until(lambda: route_of(ask(f"x.y.{site}")) == "any", "the wildcard")
    wait_until(lambda: route_of(ask(f"in.{site}", gateway="internal")) == "inside", "the other")
    assert route_of(ask(f"in.{site}")) == "any"
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

    assert {path: ask(site, path).told["path"] for path in PATHS} == PATHS
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
