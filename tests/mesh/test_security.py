"""Who may call and who is called, kept by real proxies: by identity, method, path and name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.mesh.microservices import described, operating, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.helm import Helm
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

REFUSED = {400, 403, 502, 0}


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The operator beside the mesh; somebody who is not in the mesh reads all metrics."""
    settings = tmp_path_factory.mktemp("platform") / "settings.yaml"
    settings.write_text("monitoring: {namespace: monitoring}")
    with operating(mesh, helm, settings):
        yield


def status(place: Place, caller: str, url: str, method: str = "GET", **headers: str) -> int:
    """What this caller gets."""
    return place.ask_from(caller, url, 1, method=method, **headers)[0].status


def answers(place: Place, caller: str, url: str) -> bool:
    """Whether this caller is served."""
    return status(place, caller, url) == 200


def test_callers_are_let_in_by_what_they_are_and_what_they_ask_for(place: Place) -> None:
    """Every caller with every method and path; a path in disguise is no other path."""
    for name in ("web", "clerk", "other"):
        place.run(name)
    place.run("plain", injected=False)
    place.ready("web", "clerk", "other", "plain")
    callers: list[dict[str, Any]] = [
        {"service": "web", "methods": ["GET"], "paths": ["/orders", "/orders/*"]},
        {"serviceAccount": "clerk", "namespace": place.namespace},
    ]
    url = serve(place, allowFrom=callers).rstrip("/")
    wait_until(lambda: status(place, "other", f"{url}/orders") == 403, "the policy")
    wait_until(lambda: status(place, "web", f"{url}/orders") == 200, "the caller's turn")

    asked = {
        ("GET", "/orders"): 200,
        ("GET", "/orders?a=b"): 200,
        ("GET", "/orders/1"): 200,
        ("POST", "/orders"): 403,
        ("get", "/orders"): 400,
        ("GET", "/"): 403,
        ("GET", "/ordersx"): 403,
        ("GET", "/Orders"): 403,
        ("GET", "/orders/../admin"): 403,
        ("GET", "/orders/%2e%2e/admin"): 403,
        ("GET", "//orders"): 403,
    }
    found = {each: status(place, "web", f"{url}{each[1]}", each[0]) for each in asked}
    assert found == asked
    for method, path in (each for each in asked if each[0] != "get"):  # no proxy knows that one
        assert status(place, "clerk", f"{url}{path}", method) in {200, 301, 307}
        assert status(place, "other", f"{url}{path}", method) in REFUSED
        assert status(place, "plain", f"{url}{path}", method) in REFUSED

    serve(place, allowFrom=[])
    wait_until(lambda: status(place, "clerk", f"{url}/orders") == 403, "nobody to be let in")
    assert {status(place, each, url) for each in ("web", "clerk", "other", "plain")} == {403}

    serve(place)
    wait_until(lambda: status(place, "plain", f"{url}/orders") == 200, "everybody to be let in")
    assert status(place, "other", f"{url}/", "DELETE") == 200


@pytest.mark.parametrize("callers", [None, []], ids=["anybody", "nobody"])
def test_metrics_are_read_whatever_keeps_others_out(place: Place, callers: Any) -> None:
    """In plain text under strict mTLS, at the port of all requests; and nothing else is."""
    place.run("reader", injected=False)
    place.run("web")
    place.ready("reader", "web")
    strict: dict[str, Any] = {"security": {"mtls": "Strict"}}
    strict |= {} if callers is None else {"allowFrom": callers}
    url = serve(place, **strict).rstrip("/")
    wait_until(lambda: status(place, "reader", f"{url}/metrics") == 0, "plain text to be refused")

    metrics = {"observability": {"metrics": {"path": "/metrics"}}}
    place.apply(described("orders", **strict, **metrics))  # for a ServiceMonitor it is not Ready
    wait_until(partial(answers, place, "reader", f"{url}/metrics"), "the metrics")
    assert status(place, "reader", f"{url}/orders") == 403
    assert status(place, "reader", f"{url}/metrics", "POST") == 403
    for path in ("/orders", "/metrics"):
        assert status(place, "web", f"{url}{path}") == (200 if callers is None else 403)


def test_nobody_is_called_who_is_not_named(place: Place) -> None:
    """In the mesh and outside of it, by name and by address."""
    for name in ("payments", "ledger"):
        place.run(name)
    place.run("stranger", injected=False)
    for name in ("declared", "undeclared"):
        place.apply(_unknown_to_the_mesh(name))
    place.ready("payments", "ledger", "stranger")
    address = place.pods("stranger")[0]["status"]["podIP"]
    host = f"{address.replace('.', '-')}.{{}}.{place.namespace}.svc.cluster.local"
    named = {name: f"http://{host.format(name)}:8080/" for name in ("declared", "undeclared")}

    serve(place, "checkout", calls=[])
    everybody = ["http://payments/", "http://ledger/", *named.values(), f"http://{address}:8080/"]
    wait_until(lambda: status(place, "checkout", everybody[0]) in REFUSED, "nobody to be called")
    for url in everybody:
        assert status(place, "checkout", url) in REFUSED, url

    outside = [
        {"host": host.format("declared"), "ports": [{"port": 8080, "protocol": "HTTP"}]},
        {"host": address, "ports": [{"port": 8080, "protocol": "HTTP"}]},
    ]
    serve(place, "checkout", calls=[{"service": "payments", "port": 80}, *outside])
    for url in ("http://payments/", named["declared"], f"http://{address}:8080/"):
        wait_until(partial(answers, place, "checkout", url), url)
    for url in ("http://ledger/", named["undeclared"], f"http://{address}:9998/"):
        assert status(place, "checkout", url) in REFUSED, url

    serve(place, "checkout")
    for url in everybody:
        wait_until(partial(answers, place, "checkout", url), url)


def _unknown_to_the_mesh(name: str) -> dict[str, Any]:
    """Names that lead to the stranger's pods, and of which no proxy is told."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "annotations": {"networking.istio.io/exportTo": "~"}},
        "spec": {
            "clusterIP": "None",
            "selector": {"app": "stranger"},
            "ports": [{"name": "http", "port": 8080}],
        },
    }
