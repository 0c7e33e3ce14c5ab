"""What Microservices expose, asked for from outside through real gateways."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.cluster.namespaces import namespace_of
from tests.mesh.microservices import condition, described, microservice, operating, until
from tests.mesh.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.asking import Answer, Outside
    from tests.mesh.bed import Bed

CHANGES = 20


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, gateways: Path) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart, that knows its gateways."""
    with operating(mesh, helm, gateways):
        yield


def expose(place: Place, name: str, *hosts: str, **paths: str) -> None:
    """Write a Microservice with hosts, and a route for each path by its name."""
    routes = [{"name": route, "match": {"path": {"prefix": at}}} for route, at in paths.items()]
    one = {"name": "web", "gateway": "public", "hosts": list(hosts), "routes": routes}
    place.apply(described(name, exposure=[one]))


def test_microservices_share_a_host(
    place: Place, ask: Outside, figure: Callable[[str], None]
) -> None:
    """Each answers for its paths, a change is served within a second, nobody loses a request."""
    site = place.site()
    expose(place, "orders", site, api="/orders")
    expose(place, "carts", site, api="/carts")
    for name in ("orders", "carts"):
        found = until(place, name, "Ready", "Ready")
        assert found["status"]["endpoints"] == [{"gateway": "public", "url": f"http://{site}"}]
    for name in ("orders", "carts"):
        ask.until(200, site, f"/{name}/x")
        assert ask(site, f"/{name}").host.startswith(f"{name}-")
        assert ask(site, f"/{name}x").status == 404

    took = [_served_after(place, ask, site, f"/carts{turn}") for turn in range(CHANGES)]
    middle, worst = statistics.median(took), max(took)
    figure(f"a changed exposure is served after {middle:.3f} s (median), {worst:.3f} s (longest)")
    assert middle <= 1, took
    assert ask(site, "/orders").status == 200

    expose(place, "carts", site, api="/carts", stolen="/orders")
    until(place, "carts", "Routed", "RouteConflict")
    ask.until(200, site, "/carts")
    assert ask(site, "/orders").host.startswith("orders-")


def _served_after(place: Place, ask: Outside, site: str, path: str) -> float:
    expose(place, "carts", site, api=path)
    began = time.monotonic()
    wait_until(lambda: ask(site, path).status == 200, f"200 from {site}{path}", interval=0.01)
    return time.monotonic() - began


def test_another_namespace_does_not_get_a_host(
    place: Place, ask: Outside, mesh: Bed, request: pytest.FixtureRequest
) -> None:
    """Until the one that has it gives it up; then it is served without anything being done."""
    site = place.site()
    expose(place, "orders", site, api="/")
    until(place, "orders", "Ready", "Ready")
    ask.until(200, site)

    with namespace_of(mesh.api, "second", f"{request.node.nodeid}-second") as name:
        second = Place(mesh, name)
        expose(second, "carts", site, api="/")
        found = until(second, "carts", "Routed", "HostTaken")
        assert place.namespace in condition(found, "Routed")["message"]
        assert ask(site).host.startswith("orders-")

        mesh.kubectl("delete", "msvc", "orders", "-n", place.namespace)
        until(second, "carts", "Ready", "Ready")
        wait_until(lambda: ask(site).host.startswith("carts-"), "the successor to answer")


def test_of_two_namespaces_at_once_one_gets_the_host_and_the_other_inherits_it(
    place: Place,
    ask: Outside,
    mesh: Bed,
    request: pytest.FixtureRequest,
    figure: Callable[[str], None],
) -> None:
    """Every request is answered by the one that has it, or for a moment by nobody."""
    site = place.site()
    with namespace_of(mesh.api, "rival", f"{request.node.nodeid}-rival") as name:
        rivals = {"orders": place, "carts": Place(mesh, name)}
        with ThreadPoolExecutor() as both:
            list(both.map(lambda app: expose(rivals[app], app, site, api="/"), rivals))
        holder, other = _decided(rivals)
        first = ask.until(200, site)
        assert {_app(each) for each in (first, *ask.often(200, site))} == {holder}

        began = time.monotonic()
        mesh.kubectl("delete", "msvc", holder, "-n", rivals[holder].namespace, "--wait=false")
        seen: list[str] = []

        def inherited() -> bool:
            seen.append(_app(ask(site)))
            return seen[-1] == other

        wait_until(inherited, "the heir to answer")
        took = time.monotonic() - began
        seen += [_app(answer) for answer in ask.often(200, site)]

        assert [app for app, _ in groupby(seen) if app in rivals] in ([holder, other], [other])
        until(rivals[other], other, "Ready", "Ready")
        figure(f"a host is inherited after {took:.1f} s, {seen.count('')} requests unanswered")
        assert took < 10


def _decided(rivals: dict[str, Place]) -> list[str]:
    """Wait until one has the host and the other is told so; their names in this order."""

    def reasons() -> dict[str, str] | None:
        found = {
            condition(microservice(rivals[app], app), "Routed").get("reason", ""): app
            for app in rivals
        }
        return found if found.keys() == {"Served", "HostTaken"} else None

    decided = wait_until(reasons, "one to be served and the other not", 90)
    return [decided["Served"], decided["HostTaken"]]


def _app(answer: Answer) -> str:
    return answer.host.rpartition("-")[0].rpartition("-")[0]
