"""What a Microservice lets in and what it tells, by real proxies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.mesh.microservices import operating, serve
from tests.mesh.test_microservices import asked, statuses, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.asking import Answer
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

BURST = 5
PROVIDER = "otel"
RETRIES = {"attempts": 3, "when": ["ServerError", "GatewayError"]}
MESH_CONFIG = "/api/v1/namespaces/istio-system/configmaps/istio"


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The operator beside the mesh, with a platform that names who gets traces."""
    settings: Path = tmp_path_factory.mktemp("platform") / "settings.yaml"
    settings.write_text(f"tracing: {{provider: {PROVIDER}}}")
    with operating(mesh, helm, settings):
        yield


def logged(place: Place) -> str:
    """What the proxy of the first pod has said."""
    [pod, *_] = place.pods("orders")
    name = pod["metadata"]["name"]
    said = place.mesh.kubectl("logs", name, "-c", "istio-proxy", "-n", place.namespace)
    return str(said.stdout)


@pytest.mark.usefixtures("caller")
def test_what_is_too_much_is_answered_429_until_there_is_room_again(place: Place) -> None:
    """Also when callers try again what failed: no try more reaches the application."""
    url = serve(place, resilience={"retries": RETRIES})
    until(place, url, 200, "the first answer")
    limit = {"requests": 60, "per": "Minute", "burst": BURST}
    serve(place, resilience={"retries": RETRIES, "rateLimit": limit})
    wait_until(lambda: statuses(asked(place, url, 4 * BURST))[429] > 0, "the limit")
    served_before, began = place.tell("orders", "requests"), time.monotonic()
    answers: list[Answer] = []

    def some_of_each() -> bool:
        answers.extend(asked(place, url, 4 * BURST))
        return {*statuses(answers)} == {200, 429}

    wait_until(some_of_each, "room again, and not for all")
    served = place.tell("orders", "requests") - served_before
    [refused, *_] = [answer for answer in answers if answer.status == 429]

    assert served == statuses(answers)[200]
    assert served <= BURST + time.monotonic() - began
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-ratelimit-limit"].startswith(str(BURST))


@pytest.mark.usefixtures("caller")
def test_only_what_failed_is_logged_when_only_that_is_asked(place: Place) -> None:
    """All of it, some of it or none, while the service goes on."""
    url = serve(place, observability={"accessLog": "Errors"})
    until(place, url, 200, "the first answer")
    [pod] = place.pods("orders")
    asks = iter(range(1000))

    def tells_of(fail: int) -> bool:
        """Whether the log has a request that is answered in this way."""
        place.switch(pod, fail=fail)
        mark = f"mark-{next(asks)}-"
        asked(place, f"{url}{mark}")
        place.switch(pod, fail=404)
        asked(place, f"{url}last-{mark}")
        wait_until(lambda: f"/last-{mark}" in logged(place), "the log to come")
        return f"/{mark}" in logged(place).replace(f"/last-{mark}", "")

    wait_until(lambda: not tells_of(0), "good answers to be passed over")
    assert tells_of(503)

    serve(place, observability={"accessLog": "All"})
    wait_until(lambda: tells_of(0), "good answers to be told")


@pytest.mark.usefixtures("caller")
def test_traces_go_on_in_the_application_and_to_the_collector(place: Place) -> None:
    """The proxy of a service begins a trace, hands it on, and tells whom the platform names."""
    if PROVIDER not in place.mesh.api.request("GET", MESH_CONFIG)[1]["data"]["mesh"]:
        pytest.skip(f"this mesh knows no provider {PROVIDER}")
    place.run("collector", injected=False)
    place.ready("collector")
    place.mesh.apply(_collector(place), "edge")
    tags = [{"name": "tier", "value": "backend"}]
    tracing: dict[str, Any] = {"samplingPercent": "100", "tags": tags}
    url = serve(place, observability={"tracing": tracing})

    def sampled() -> str:
        """Whether the application is told that its request is traced."""
        [answer] = asked(place, url)
        told = answer.told["headers"] if answer.status == 200 else {}
        return str(told.get("traceparent", "")).rpartition("-")[2]

    wait_until(lambda: sampled() == "01", "a trace")
    wait_until(lambda: place.tell("collector", "requests") > 0, "the collector to be told")

    serve(place, observability={"tracing": {"samplingPercent": "0"}})
    wait_until(lambda: sampled() == "00", "no trace")
    [pod] = place.pods("orders")
    attributes = place.tell("orders", "env?name=OTEL_RESOURCE_ATTRIBUTES")
    assert f"k8s.pod.name={pod['metadata']['name']}" in str(attributes)


def _collector(place: Place) -> list[dict[str, Any]]:
    """The Service that the mesh knows, led to the pod of this test."""
    [pod] = place.pods("collector")
    metadata = {"name": "collector", "labels": {"kubernetes.io/service-name": "collector"}}
    port = {"name": "http", "port": 4318, "targetPort": 8080}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [port]}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata,
            "addressType": "IPv4",
            "endpoints": [{"addresses": [pod["status"]["podIP"]]}],
            "ports": [{"name": "http", "port": 8080}],
        },
    ]
