"""Pods that get no proxy from Istio, and what is kept from the world until they have one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.mesh.microservices import condition, described, operating, until
from tests.mesh.tokens import Issuer, bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.asking import Outside
    from tests.mesh.bed import Bed
    from tests.mesh.objects import Manifest
    from tests.mesh.place import Place

IDP = Issuer("https://idp.test")


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, gateways: Path) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart, that knows its gateways."""
    with operating(mesh, helm, gateways):
        yield


def guarded_and_open(place: Place) -> Manifest:
    """A Microservice with a host that needs a token, and one that needs none."""
    auth = {"issuer": IDP.name, "jwks": IDP.jwks}
    shop = {"name": "shop", "gateway": "public", "hosts": [place.site()], "auth": auth}
    free = {"name": "free", "gateway": "public", "hosts": [place.site("free")]}
    return described("orders", exposure=[shop, free], replicas=2)


def inject(place: Place, said: str) -> None:
    """Say in the namespace whether its pods get proxies, and start those of the app anew."""
    mesh, namespace = place.mesh, place.namespace
    mesh.kubectl("label", "namespace", namespace, f"istio-injection{said}", "--overwrite")
    mesh.kubectl("rollout", "restart", "deployment/orders", "-n", namespace)


def served(found: Manifest) -> set[str]:
    """The hosts at which a Microservice says that it is reached."""
    endpoints = found["status"].get("endpoints", ())
    return {each["url"].removeprefix("http://") for each in endpoints}


def answered_until(place: Place, ask: Outside, without: int, good: int) -> Counter[tuple[int, int]]:
    """How requests without a token and with a good one were answered, until they are so."""
    token, seen = bearer(IDP.token()), Counter[tuple[int, int]]()

    def arrived() -> bool:
        last = ask(place.site()).status, ask(place.site(), headers=token).status
        seen[last] += 1
        return last == (without, good)

    wait_until(arrived, f"{without} without a token, and {good} with one", 90)
    return seen


def test_a_host_that_needs_a_token_waits_for_proxies(place: Place, ask: Outside) -> None:
    """Without them nobody would look at tokens: nobody comes in before, and never without one."""
    place.mesh.kubectl("label", "namespace", place.namespace, "istio-injection=disabled")
    place.apply(guarded_and_open(place))

    _insist_on_closed(place, ask)

    inject(place, "-")
    opening = answered_until(place, ask, 403, 200)
    found = until(place, "orders", "Ready", "Ready")
    assert served(found) == {place.site(), place.site("free")}

    inject(place, "=disabled")
    closing = answered_until(place, ask, 404, 404)
    _insist_on_closed(place, ask)
    assert not {without for without, _ in opening + closing} & {200}, (opening, closing)


def _insist_on_closed(place: Place, ask: Outside) -> None:
    """The pods serve, but nobody who comes by the host that needs a token; and it is said why."""
    found = until(place, "orders", "Routed", "NotInjected")
    place.ready("orders")
    said = condition(found, "Routed")["message"]
    assert "no proxy" in said
    assert "kubectl rollout restart" in said
    assert condition(found, "Ready")["status"] == "False"
    assert place.site() not in served(found)
    assert all("istio-proxy" not in str(pod["spec"]) for pod in place.pods("orders"))
    ask.until(200, place.site("free"))
    for headers in ({}, bearer(IDP.token())):
        answers = ask.often(50, place.site(), headers=headers)
        assert {answer.status for answer in answers} == {404}
