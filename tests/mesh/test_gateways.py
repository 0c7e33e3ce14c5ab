"""What comes in through a gateway goes where the routes of its host say, and soon after."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from math import sqrt
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.mesh.objects import to, virtual_service

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mesh.asking import Outside
    from tests.mesh.place import Place

CHANGES = 11


@pytest.fixture
def versions(place: Place) -> tuple[str, str]:
    """The hosts of two versions of an app, which run."""
    hosts = place.run("orders"), place.run("orders-v2", version="v2")
    place.ready("orders", "orders-v2")
    return hosts


def test_a_header_chooses_the_version(
    place: Place, ask: Outside, versions: tuple[str, str]
) -> None:
    """Who carries the header is served by the new version, everybody else by the old one."""
    (old, new), site = versions, place.site()
    canary = {"match": [{"headers": {"x-canary": {"exact": "yes"}}}], "route": [to(new)]}
    place.apply(virtual_service(site, canary, {"route": [to(old)]}))

    ask.until(200, site)

    assert ask(site).version == "v1"
    assert ask(site, headers={"x-canary": "yes"}).version == "v2"
    assert ask(site, headers={"x-canary": "no"}).version == "v1"
    assert ask(place.site("unknown")).status == 404


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_gateway_serves_what_is_bound_to_it(place: Place, ask: Outside, scheme: str) -> None:
    """A host of one is none of the other; both know TLS, with a certificate that is trusted."""
    orders = place.run("orders")
    place.ready("orders")
    for gateway in ("public", "internal"):
        host = place.site(gateway)
        place.apply(virtual_service(host, {"route": [to(orders)]}, gateway=f"edge/{gateway}"))

    for gateway, other in (("public", "internal"), ("internal", "public")):
        host = place.site(gateway)
        ask.until(200, host, gateway=gateway, scheme=scheme)
        assert ask(host, gateway=other, scheme=scheme).status == 404


def test_weights_split_the_traffic(place: Place, ask: Outside, versions: tuple[str, str]) -> None:
    """Ninety to ten, within five standard deviations: one false alarm in a million runs."""
    (old, new), site = versions, place.site()
    route = {"route": [to(old, 90), to(new, 10)]}
    place.apply(virtual_service(site, route))
    ask.until(200, site)
    count = 1000

    served = Counter(answer.version for answer in ask.often(count, site))

    assert set(served) == {"v1", "v2"}
    assert abs(served["v2"] - count * 0.1) < 5 * sqrt(count * 0.1 * 0.9)


def test_a_change_is_served_within_a_second(
    place: Place, ask: Outside, versions: tuple[str, str], figure: Callable[[str], None]
) -> None:
    """From the answer of the API server to the first request that goes the new way, as a median."""
    site = place.site()
    place.apply(virtual_service(site, {"route": [to(versions[0])]}))
    ask.until(200, site)
    took = []

    for turn in range(1, CHANGES + 1):
        place.replace(virtual_service(site, {"route": [to(versions[turn % 2])]}))
        took.append(_seconds_until(ask, site, f"v{turn % 2 + 1}"))

    middle, worst = statistics.median(took), max(took)
    figure(f"a change of a route is served after {middle:.3f} s (median), {worst:.3f} s (longest)")
    assert middle <= 1, took


def _seconds_until(ask: Outside, site: str, version: str) -> float:
    began = time.monotonic()
    wait_until(lambda: ask(site).version == version, f"{version} at {site}", interval=0.01)
    return time.monotonic() - began
