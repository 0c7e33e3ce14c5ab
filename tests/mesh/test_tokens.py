"""Tokens at gateways, looked at by real proxies: nobody comes in without a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.model.public import PLAIN
from tests.cluster import wait_until
from tests.mesh.microservices import operating, serve
from tests.mesh.objects import to, virtual_service
from tests.mesh.tokens import Issuer, bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.asking import Answer, Outside
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

ORIGIN, STRANGE_ORIGIN = "https://web.example", "https://evil.example"
# Of the second the name goes on where a subject would begin.
IDP, PARTNERS = Issuer("https://idp.test"), Issuer("https://idp.test/partners")
MAY_I = {"access-control-request-method": "GET"}
GOOD: dict[str, Any] = {"aud": ["shop"], "realm": {"roles": ["customer", "other"]}}


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, gateways: Path) -> Iterator[None]:
    """The operator beside the mesh, which knows its gateways."""
    with operating(mesh, helm, gateways):
        yield


def exposures(place: Place) -> list[dict[str, Any]]:
    """One with tokens of one issuer, one with those of another, and one without."""
    shop = {
        "issuer": IDP.name,
        "jwks": IDP.jwks,
        "audiences": ["shop"],
        "claimHeaders": [{"header": "x-user", "claim": "sub"}],
        "required": [{"claim": "realm[roles]", "values": ["customer"]}],
        "publicPaths": ["/public/*"],
    }
    keys = f"http://{place.host('keys')}/env?name=JWKS"
    return [
        {
            "name": "shop",
            "gateway": "public",
            "hosts": [place.site()],
            "auth": shop,
            "routes": [{"name": "all", "cors": {"origins": [ORIGIN]}}],
        },
        {
            "name": "partners",
            "gateway": "internal",
            "hosts": [place.site("partners")],
            "auth": {"issuer": PARTNERS.name, "jwksUri": keys},
        },
        {"name": "open", "gateway": "internal", "hosts": [place.site("open")]},
    ]


def route(place: Place) -> None:
    """Lead the hosts to the service."""
    cors = {"allowOrigins": [{"exact": ORIGIN}], "allowMethods": ["GET"]}
    orders = {"route": [to(place.host("orders"))]}
    plain = {"match": [{"headers": {":path": {"regex": PLAIN}}}], "corsPolicy": cors}
    place.apply(
        virtual_service(place.site(), orders | plain),
        virtual_service(place.site("partners"), orders, gateway="edge/internal"),
        virtual_service(place.site("open"), orders, gateway="edge/internal"),
    )


def test_nobody_comes_in_without_a_good_token(place: Place, ask: Outside) -> None:
    """Every kind of token at every exposure; forged headers and paths in disguise open nothing."""
    place.run("web")
    place.run("plain", injected=False)
    place.ready("web", "plain")
    serve(place, "keys", env=[{"name": "JWKS", "value": PARTNERS.jwks}])
    url = serve(place, exposure=exposures(place))
    route(place)
    site = place.site()
    good = bearer(IDP.token(**GOOD))
    ask.until(200, site, headers=good)
    ask.until(200, place.site("partners"), headers=bearer(PARTNERS.token()), gateway="internal")

    _tokens(ask, site, good)
    _headers(ask, site, good)
    _paths(ask, site)
    _preflights(ask, site)
    _others(place, ask)

    for caller in ("web", "plain"):
        assert place.ask_from(caller, url)[0].status == 200, "callers inside need no token"
    [told] = place.ask_from("web", url, x_user="root")
    assert "x-user" not in told.told["headers"]

    serve(place, exposure=exposures(place), allowFrom=[{"service": "web", "methods": ["GET"]}])
    wait_until(lambda: place.ask_from("plain", url)[0].status == 403, "the callers' turn")
    assert place.ask_from("web", url)[0].status == 200
    assert place.ask_from("web", url, 1, method="POST")[0].status == 403
    _tokens(ask, site, good)
    _others(place, ask)


def _tokens(ask: Outside, site: str, good: dict[str, str]) -> None:
    forged = Issuer(IDP.name).token(**GOOD)
    expected = {
        "none": ({}, 403),
        "good": (good, 200),
        "forged": (bearer(forged), 401),
        "broken": (bearer("a.b.c"), 401),
        "expired": (bearer(IDP.token(life=-120, **GOOD)), 401),
        "of somebody unknown": (bearer(Issuer("https://evil.test").token(**GOOD)), 401),
        "of the partners": (bearer(PARTNERS.token(**GOOD)), 403),
        "for somebody else": (bearer(IDP.token(**GOOD | {"aud": ["bank"]})), 403),
        "of a guest": (bearer(IDP.token(**GOOD | {"realm": {"roles": ["guest"]}})), 403),
        "of nobody": (bearer(IDP.token(**GOOD | {"sub": None})), 403),
    }
    found = {name: ask(site, headers=headers).status for name, (headers, _) in expected.items()}
    assert found == {name: status for name, (_, status) in expected.items()}


def _headers(ask: Outside, site: str, good: dict[str, str]) -> None:
    """What the service is told of who asks comes from the token or not at all."""
    assert _told(ask(site, headers=good))["x-user"] == "ada"
    assert "authorization" not in _told(ask(site, headers=good))
    assert _told(ask(site, headers={**good, "x-user": "root"}))["x-user"] == "ada"
    assert "x-user" not in _told(ask(site, "/public/a", headers={"x-user": "root"}))


def _paths(ask: Outside, site: str) -> None:
    """What is public is public in no other spelling, and what is not, not in its neighbourhood."""
    expected = {
        "/public/a": 200,
        "/public/": 200,
        "/public/a/../b?c=/private": 200,
        "/public": 403,
        "/publicly": 403,
        "/PUBLIC/a": 403,
        "/public/../private": 403,
        "/public/./../private": 403,
        "/public/%2e%2e/private": 403,
        "/public/a?b=..%2F..;": 200,
        "/public/..\\private": 404,
        "/public/..%2fprivate": 404,
        "/public/..%2Fprivate": 404,
        "/public/..;/private": 403,
        "//public/a": 403,
        "/private?/public/a": 403,
        "/private%3f/public/a": 403,
        "/private;/public/a": 404,
    }
    assert {path: ask(site, path).status for path in expected} == expected
    assert ask(site, method="get").status == 400
    assert ask(site, method="OPTIONS").status == 403
    for host in (site.upper(), f"{site}:80", f"{site}:8443"):
        assert ask(site, headers={"Host": host}).status == 403
    assert ask(site, headers={"Host": f"{site}."}).status == 404


def _preflights(ask: Outside, site: str) -> None:
    """A browser asks without a token whether a page of some origin may ask."""
    mine = ask(site, headers={"origin": ORIGIN, **MAY_I}, method="OPTIONS")
    assert mine.status == 200
    assert mine.headers["access-control-allow-origin"] == ORIGIN
    strange = ask(site, headers={"origin": STRANGE_ORIGIN, **MAY_I}, method="OPTIONS")
    assert strange.status == 200
    assert "access-control-allow-origin" not in strange.headers


def _others(place: Place, ask: Outside) -> None:
    """Beside it, at another gateway: other tokens, or none."""
    partners, gone = place.site("partners"), place.site("open")
    tokens = {"": {}, "mine": bearer(IDP.token(**GOOD)), "theirs": bearer(PARTNERS.token())}
    found = {
        (host, name): ask(host, headers=headers, gateway="internal").status
        for host in (partners, gone)
        for name, headers in tokens.items()
    }
    assert found == {
        (partners, ""): 403,
        (partners, "mine"): 403,
        (partners, "theirs"): 200,
        (gone, ""): 200,
        (gone, "mine"): 200,
        (gone, "theirs"): 200,
    }
    assert ask(gone, headers={"Host": partners.upper()}, gateway="internal").status == 403


def _told(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer
    headers: dict[str, str] = answer.told["headers"]
    return headers
