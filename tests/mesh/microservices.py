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
    wait_until(lambda: _is_ready(place, name), f"{name} to be Ready", 90)
    return f"http://{name}/"


def _is_ready(place: Place, name: str) -> bool:
    path = f"{MICROSERVICES}/namespaces/{place.namespace}/microservices/{name}"
    found = place.mesh.api.request("GET", path)[1]
    return any(
        condition["type"] == "Ready"
        and condition["status"] == "True"
        and condition["observedGeneration"] == found["metadata"]["generation"]
        for condition in found.get("status", {}).get("conditions", ())
    )
