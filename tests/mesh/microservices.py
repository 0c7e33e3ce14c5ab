"""The operator beside a mesh, and words for the Microservices that it serves there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until
from tests.cluster.operator import Operator
from tests.cluster.paths import ROOT
from tests.e2e.images import V1
from tests.integration import rights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.mesh.bed import Bed
    from tests.mesh.objects import Manifest
    from tests.mesh.place import Place

CRDS = ROOT / "crds" / "microservices.yaml"
KIND = {"apiVersion": "microservices.dev/v1alpha1", "kind": "Microservice"}
MICROSERVICES = "/apis/microservices.dev/v1alpha1"


@contextmanager
def operating(mesh: Bed, helm: Helm, settings: Path | None = None) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart; in the end its log is judged."""
    mesh.apply(CRDS.read_text())
    wait_until(lambda: mesh.api.request("GET", f"{MICROSERVICES}/microservices")[0] == 200, "it")
    options = [f"--settings={settings}"] if settings else []
    operator = Operator(mesh.processes, rights.grant(mesh, helm), *options)
    operator.start()
    yield
    operator.kill()
    assert "Traceback" not in operator.log.read_text(), operator.log.read_text()


def described(name: str, **spec: Any) -> Manifest:
    """A Microservice of the test application."""
    app: Manifest = {"image": V1, "health": {"path": "/readyz"}, **spec}
    return {**KIND, "metadata": {"name": name}, "spec": app}


def serve(place: Place, name: str = "orders", **spec: Any) -> str:
    """Write a Microservice and wait until it is Ready; its address."""
    place.apply(described(name, **spec))
    until(place, name, "Ready", "Ready")
    return f"http://{name}/"


def until(place: Place, name: str, kind: str, reason: str) -> Manifest:
    """Wait until a condition has this reason; the Microservice."""

    def says() -> Manifest | None:
        found = microservice(place, name)
        said = condition(found, kind)
        current = said.get("observedGeneration") == found["metadata"]["generation"]
        return found if current and said["reason"] == reason else None

    return wait_until(says, f"{name} to say {kind} {reason}", 90)


def microservice(place: Place, name: str) -> Manifest:
    """The Microservice as it is now."""
    path = f"{MICROSERVICES}/namespaces/{place.namespace}/microservices/{name}"
    found: Manifest = place.mesh.api.request("GET", path)[1]
    return found


def condition(found: Manifest, kind: str) -> Manifest:
    """What a Microservice says of this; empty if nothing yet."""
    said: list[Manifest] = found.get("status", {}).get("conditions", [])
    return next((each for each in said if each["type"] == kind), {})
