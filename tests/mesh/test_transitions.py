"""Load while what a service asks of the mesh comes, changes and goes: nothing is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.mesh.loading import answered, begin, heard
from tests.mesh.microservices import operating, serve
from tests.mesh.test_microservices import NEVER_AGAIN
from tests.mesh.tokens import Issuer, bearer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.asking import Outside
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

IDP = Issuer("https://idp.test")
LIMITED = {"rateLimit": {"requests": 5000, "per": "Second"}}
INSIDE: list[dict[str, Any]] = [
    {"resilience": {"timeout": "5s", "limits": {"connections": 500}}},
    {"resilience": {"circuitBreaker": {"consecutiveErrors": 3}, **LIMITED}},
    {"security": {"mtls": "Strict"}},
    {"security": {"mtls": "Strict"}, "allowFrom": [{"service": "caller"}]},
    {"allowFrom": [{"service": "caller", "methods": ["GET"], "paths": ["/*"]}]},
    {"observability": {"accessLog": "None"}, "calls": [{"service": "caller"}]},
    {},
]


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, gateways: Path) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart, that knows its gateways."""
    with operating(mesh, helm, gateways):
        yield


@pytest.mark.timeout(420)
@pytest.mark.usefixtures("caller")
def test_nothing_is_lost_while_policies_come_and_go(
    place: Place, figure: Callable[[str], None]
) -> None:
    """Of callers inside that may call all the while, over kept connections and over new ones."""

    def said(**spec: Any) -> str:
        resilience = {**spec.pop("resilience", {}), **NEVER_AGAIN}
        return serve(place, resilience=resilience, **spec)

    url = said()
    wait_until(lambda: answered(place, url, 20) == {"v1": 20}, "the first answers")
    begin(place, url)
    for spec in INSIDE:
        said(**spec)
        heard(place, "v1")

    _nothing_lost(place, figure, "policies under load")


@pytest.mark.timeout(420)
@pytest.mark.usefixtures("caller")
def test_nothing_is_lost_while_routes_change(
    place: Place, ask: Outside, figure: Callable[[str], None]
) -> None:
    """Nor while a path goes from one service to another, and gets it back."""
    site = place.site()
    whole = {"name": "whole"}
    part = {"name": "part", "match": {"path": {"prefix": "/part"}}}
    changes: list[dict[str, Any]] = [
        {"timeout": "5s"},
        {"headers": {"response": {"set": [{"name": "x-a", "value": "b"}]}}},
        {"rewrite": {"path": "/other"}},
        {"cors": {"origins": ["https://a.example"]}},
        {},
    ]

    def said(name: str, *routes: dict[str, Any]) -> None:
        one = {"name": "web", "gateway": "public", "hosts": [site], "routes": [*routes]}
        exposure = [one] if routes else []
        serve(place, name, exposure=exposure, resilience=NEVER_AGAIN)

    said("orders", whole)
    said("carts")
    ask.until(200, site, "/part")
    begin(place, "http://public-gateway.edge/part", site)
    for change in changes:
        said("orders", {**whole, **change})
        heard(place, "v1")
    for _ in range(2):
        said("carts", part)
        wait_until(lambda: ask(site, "/part").host.startswith("carts-"), "the other to have it")
        heard(place, "v1")
        said("carts")
        wait_until(lambda: ask(site, "/part").host.startswith("orders-"), "the first to have it")
        heard(place, "v1")

    _nothing_lost(place, figure, "routes under load")


@pytest.mark.timeout(420)
@pytest.mark.usefixtures("caller")
def test_nobody_comes_in_without_a_token_while_a_host_comes_and_goes(
    place: Place, ask: Outside, figure: Callable[[str], None]
) -> None:
    """Who asks for tokens is there before the route, and goes after it: never is there a 200."""
    site, good = place.site(), bearer(IDP.token())
    auth = {"issuer": IDP.name, "jwks": IDP.jwks}
    closed = [{"name": "web", "gateway": "public", "hosts": [site], "auth": auth}]
    policy = f"/apis/security.istio.io/v1/namespaces/{place.namespace}/authorizationpolicies/orders"

    serve(place, exposure=closed)
    ask.until(200, site, headers=good)
    begin(place, "http://public-gateway.edge/", site)
    for _ in range(3):
        serve(place)
        ask.until(404, site)
        wait_until(lambda: place.mesh.api.request("GET", policy)[0] == 404, "nobody to ask")
        serve(place, exposure=closed)
        ask.until(200, site, headers=good)

    answers = place.tell("caller", "stop")["answers"]
    figure(f"a host with tokens under load: {answers}")
    assert answers.keys() == {"403", "404"}


def _nothing_lost(place: Place, figure: Callable[[str], None], what: str) -> None:
    answers = place.tell("caller", "stop")["answers"]
    total = sum(answers.values())
    figure(f"{what}: {answers}")
    assert answers == {"200": total}
    assert total > 1000
