"""Several versions side by side under real traffic: who gets what, and that nothing is lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.cluster import wait_until
from tests.e2e.images import V1, V2
from tests.mesh.loading import answered, begin, gone, heard
from tests.mesh.microservices import operating, serve
from tests.mesh.objects import to, virtual_service
from tests.mesh.test_microservices import NEVER_AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.chart.helm import Helm
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

NEXT = {"name": "v2", "image": V2}
MATCH = [
    {"headers": [{"name": "x-group", "exact": "beta"}, {"name": "x-country", "prefix": "at"}]},
    {"cookies": [{"name": "preview", "exact": "v3"}]},
    {"query": [{"name": "preview", "prefix": "v3"}]},
]


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart."""
    with operating(mesh, helm):
        yield


@pytest.mark.usefixtures("caller")
def test_requests_are_shared_by_weight_and_by_what_they_match(place: Place) -> None:
    """A tenth of all is about a tenth, and who matches gets his version always."""
    preview = {"name": "v3", "image": V2, "env": [{"name": "VERSION", "value": "v3"}]}
    versions = [{**NEXT, "weight": 10}, {**preview, "match": MATCH}]
    url = serve(place, versions=versions, resilience=NEVER_AGAIN)
    wait_until(lambda: answered(place, url, 50)["v2"] > 0, "the first of the share")

    found = answered(place, url, 1000)
    assert found.keys() == {"v1", "v2"}
    assert 60 <= found["v2"] <= 140, found

    matching: list[tuple[str, dict[str, str]]] = [
        ("", {"x_group": "beta", "x_country": "at-wien"}),
        ("", {"cookie": "a=b; preview=v3; c=d"}),
        ("", {"cookie": "preview=v3"}),
        ("?a=b&preview=v3.1", {}),
    ]
    for query, headers in matching:
        assert answered(place, url + query, 30, **headers) == {"v3": 30}, (query, headers)
    others: list[tuple[str, dict[str, str]]] = [
        ("", {"x_group": "beta"}),
        ("", {"x_group": "alpha", "x_country": "at"}),
        ("", {"cookie": "preview=v33; xpreview=v3"}),
        ("?preview=v2", {}),
    ]
    for query, headers in others:
        assert "v3" not in answered(place, url + query, 30, **headers), (query, headers)
    assert answered(place, f"http://orders-v3/{query}", 5) == {"v3": 5}, "by its own name"

    serve(place, "clerk", calls=[{"service": "orders"}])
    seen = Counter(answer.version for answer in place.ask_from("clerk", url, 200))
    assert seen.keys() == {"v1", "v2"}, "who may call only this service reaches all its versions"


@pytest.mark.timeout(420)
@pytest.mark.usefixtures("caller")
def test_nothing_is_lost_while_versions_come_shift_and_go(
    place: Place, figure: Callable[[str], None]
) -> None:
    """Nor while the service itself is rolled, over connections that are kept and over new ones."""

    def said(image: str, *versions: dict[str, Any]) -> str:
        return serve(place, image=image, versions=list(versions), resilience=NEVER_AGAIN)

    url = said(V1)
    wait_until(lambda: answered(place, url, 20) == {"v1": 20}, "the first answers")
    begin(place, url)

    for weight in (0, 10, 50, 100):
        said(V1, {**NEXT, "weight": weight})
        heard(place, "v2" if weight else "v1")
    said(V2, {**NEXT, "weight": 100})
    said(V2)
    gone(place, "orders-v2")
    said(V1)
    heard(place, "v1")

    tally = place.tell("caller", "stop")
    total = sum(tally["answers"].values())
    figure(f"versions under load: {total} requests, {tally['answers']}, {tally['versions']}")
    assert tally["answers"] == {"200": total}
    assert total > 1000


@pytest.mark.unsound
@pytest.mark.usefixtures("caller")
def test_a_share_that_comes_too_early_or_goes_too_late_is_lost(
    place: Place, figure: Callable[[str], None]
) -> None:
    """The same load notices a route to a version which is not there yet, or not there any more."""
    host = place.run("orders")
    place.ready("orders")
    url = "http://orders/"
    wait_until(lambda: answered(place, url, 20) == {"v1": 20}, "the first answers")
    load = urlencode({"url": url, "workers": 4, "pause": "10ms"})
    place.tell("caller", f"load?{load}")

    shared = {"route": [to(host, 90), to(place.host("orders-v2"), 10)], **NEVER_AGAIN}
    place.apply({**virtual_service(host), "spec": {"hosts": [host], "http": [shared]}})
    early = _lost_since(place, 0)

    place.run("orders-v2", version="v2")
    place.ready("orders-v2")
    wait_until(lambda: answered(place, url, 50).keys() == {"v1", "v2"}, "the version to be known")
    before = place.tell("caller", "tally")["answers"]["503"]
    place.mesh.kubectl("delete", "service", "orders-v2", "-n", place.namespace)
    late = _lost_since(place, before)

    tally = place.tell("caller", "stop")
    figure(f"lost by a share too early: {early}, too late: {late}, of {tally['answers']}")


def _lost_since(place: Place, before: int) -> int:
    """Wait for a loss; how many there are then."""

    def lost() -> int:
        found: int = place.tell("caller", "tally")["answers"].get("503", 0)
        return max(0, found - before)

    return wait_until(lost, "a loss")
