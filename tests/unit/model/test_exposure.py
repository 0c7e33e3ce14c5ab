"""What a spec says of callers from outside becomes values that say one thing in one way."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.errors import Invalid
from microservice_operator.model.exposure import ANY_PATH, Condition, Exposure, Match, Route
from tests import apps


def exposure(**said: Any) -> Exposure:
    """The only exposure of an app of which this is said."""
    given = {"name": "shop", "gateway": "public", "hosts": ["www.shop.example"], **said}
    [found] = apps.meshed(exposure=[given]).exposures
    return found


def route(**said: Any) -> Route:
    """The only route of such an exposure."""
    [found] = exposure(routes=[{"name": "api", **said}]).routes
    return found


def test_without_routes_the_service_gets_everything() -> None:
    """At its first port that carries requests."""
    ports = [{"name": "db", "port": 1, "protocol": "TCP"}, {"name": "rpc", "port": 2}]
    given = [{"name": "shop", "gateway": "public", "hosts": ["a.example"]}]

    [found] = apps.meshed(exposure=given, ports=ports).exposures

    assert found.routes == (Route(name="all", port=2),)


def test_hosts_have_one_spelling() -> None:
    """And none stands twice."""
    hosts = ["Shop.Example.", "shop.example", "*.Shop.example"]

    assert exposure(hosts=hosts).hosts == ("shop.example", "*.shop.example")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, ANY_PATH),
        ({"prefix": "/"}, ANY_PATH),
        ({"prefix": "/orders"}, Condition("", "prefix", "/orders")),
        ({"prefix": "/orders/"}, Condition("", "prefix", "/orders")),
        ({"exact": "/orders/"}, Condition("", "exact", "/orders/")),
        ({"regex": "/o+"}, Condition("", "regex", "/o+")),
    ],
)
def test_a_prefix_ends_in_no_slash(said: Any, meant: Condition) -> None:
    """`/orders` and `/orders/` are the same folder; only an exact path is another with a slash."""
    match = {"path": said} if said else {}

    assert route(match=match).match == Match(path=meant)


def test_conditions_have_one_order() -> None:
    """So that two routes that ask for the same say the same."""
    headers = [{"name": "x-b", "present": False}, {"name": "x-a", "prefix": "1"}]
    cookies = [{"name": "b", "prefix": "1"}, {"name": "a", "exact": "1"}]
    query = [{"name": "a", "present": True}]

    found = route(
        match={"methods": ["PUT", "GET"], "headers": headers, "cookies": cookies, "query": query}
    )

    assert found.match == Match(
        methods=("GET", "PUT"),
        headers=(Condition("x-a", "prefix", "1"), Condition("x-b", "missing")),
        cookies=(Condition("a", "exact", "1"), Condition("b", "prefix", "1")),
        query=(Condition("a", "present"),),
    )


def test_a_port_is_a_number_in_the_end() -> None:
    """Whether its name or its number was said."""
    ports = [{"name": "http", "port": 80}, {"name": "rpc", "port": 9090}]
    routes = [{"name": "a", "to": {"port": "rpc"}}, {"name": "b", "to": {"port": 9090}}]
    given = [{"name": "shop", "gateway": "public", "hosts": ["a.example"], "routes": routes}]

    [found] = apps.meshed(exposure=given, ports=ports).exposures

    assert [route.port for route in found.routes] == [9090, 9090]


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "*", "*.", "10.0.0.1", "1.2.3", "::1", "a.*.example", "x*.example"),
        *("-a.example", "a_b.example", "b\u00fccher.example", "a..example", f"{'a' * 64}.example"),
    ],
)
def test_no_host_is_an_address_or_half_a_wildcard(host: str) -> None:
    """A wildcard stands for the whole first label; `*` alone would be everybody's host."""
    with pytest.raises(Invalid, match="a DNS name of two labels or more"):
        exposure(hosts=[host])


@pytest.mark.parametrize("text", ["(", "a**", "(?=a)", r"(a)\1", "a{1001}", r"\pL{1000}" * 9])
def test_a_regex_is_one_that_proxies_can_read(text: str) -> None:
    """One that the mesh refuses would take the whole host with it."""
    with pytest.raises(Invalid, match="a regular expression"):
        route(match={"path": {"regex": text}})


@pytest.mark.parametrize("path", ["orders", "/a//b", "/a/../b", "/.", "/a*", "/a?b", "/a b", "/#"])
def test_a_path_is_one_that_requests_have(path: str) -> None:
    """Proxies make paths straight before they compare them: others would never match."""
    with pytest.raises(Invalid, match="a path that begins with '/'"):
        route(match={"path": {"exact": path}})
