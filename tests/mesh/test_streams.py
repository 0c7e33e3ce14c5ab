"""What stays open at a real gateway: WebSockets, and answers that come piece by piece."""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.e2e.images import V2
from tests.mesh.microservices import operating, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.asking import Outside
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

BETA = {"x-group": "beta"}
VERSIONS = [
    {"name": "v2", "image": V2, "match": [{"headers": [{"name": "x-group", "exact": "beta"}]}]}
]
ROUTES = [
    {"name": "live", "match": {"path": {"exact": "/echo"}}, "streaming": True},
    {"name": "short", "match": {"path": {"prefix": "/short"}}, "rewrite": {"path": "/"}},
    {"name": "lines", "match": {"path": {"exact": "/drip"}}, "streaming": True},
]
SAID = ("one", "two", "three")
LINES = "?count=5&every=400ms"


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, gateways: Path) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart, that knows its gateways."""
    with operating(mesh, helm, gateways):
        yield


@pytest.fixture
def site(place: Place, ask: Outside) -> str:
    """A host of two versions, where whoever waits for more than a second has waited too long."""
    exposure = {"name": "web", "gateway": "public", "hosts": [place.site()], "routes": ROUTES}
    patience = {"timeout": "1s", "retries": {"attempts": 0}}
    serve(place, exposure=[exposure], resilience=patience, versions=VERSIONS)
    ask.until(200, place.site(), "/short")
    assert ask(place.site(), "/short?sleep=1500ms").status == 504
    return place.site()


def test_a_websocket_stays_open(ask: Outside, site: str) -> None:
    """Messages go to and fro for longer than an answer may take, whatever its route says of it."""
    for scheme, path in product(("http", "https"), ("/echo", "/short/echo")):
        began = time.monotonic()
        talked = ask.talk(site, path, *SAID, pause="800ms", scheme=scheme)

        assert (talked.status, talked.body.split(), talked.error) == (101, [*SAID], "")
        assert time.monotonic() - began > 1.6


def test_a_websocket_leads_to_the_version_of_whoever_opens_it(ask: Outside, site: str) -> None:
    """As every other request does; all of its messages go there."""
    for headers, version in ((BETA, "v2"), ({}, "v1"), ({"x-group": "alpha"}, "v1")):
        talked = ask.talk(site, "/echo", *SAID, headers=headers)
        assert (talked.status, talked.version) == (101, version), headers
        assert talked.body.split() == [*SAID]


def test_a_websocket_is_refused_where_nothing_is_exposed(ask: Outside, site: str) -> None:
    """Though the application would answer there; at another gateway it is refused as well."""
    for path in ("/", "/echo/", "/echoes", "/requests"):
        assert ask.talk(site, path, *SAID).status == 404, path
    assert ask.talk(site, "/echo", *SAID, gateway="internal").status == 404


def test_an_answer_that_comes_piece_by_piece_has_no_end(ask: Outside, site: str) -> None:
    """On a route that is streaming; on any other it is cut when its time is over."""
    whole, cut = ask(site, f"/drip{LINES}"), ask(site, f"/short/drip{LINES}")

    assert (whole.status, whole.body.split(), whole.error) == (200, [*"01234"], "")
    assert (cut.status, cut.error) == (200, "unexpected EOF")
    assert whole.body.startswith(cut.body)
    assert cut.body, "what had come before has arrived"
