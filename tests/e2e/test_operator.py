"""The operator with real pods: what users see when nothing is simulated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.cluster.paths import ROOT
from tests.e2e.place import APP

if TYPE_CHECKING:
    from tests.cluster.operator import Operator
    from tests.e2e.place import Place


def test_the_first_example_of_the_readme_becomes_ready(place: Place, operator: Operator) -> None:
    """The four lines that everybody reads first run as they stand."""
    readme = (ROOT / "README.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)[0]
    [image] = re.findall(r"image: ([^}\s]+)", example)
    place.node.tag(APP, image)

    place.node.apply(example, place.namespace)
    place.ready("orders")

    assert place.ask(service="orders")[1]["version"] == "v1"
    assert operator.get("/readyz")[0] == 200


def test_a_change_replaces_real_pods(place: Place, operator: Operator) -> None:
    """Another image, another answer; and the old pod is gone."""
    _apply(place, "web", APP)
    place.ready("web")
    [old] = place.pods()

    _apply(place, "web", "testbed.example/app:v2")
    place.ready("web")

    wait_until(lambda: place.ask()[1].get("version") == "v2", "the new version to answer")
    wait_until(lambda: old["metadata"]["name"] not in _names(place), "the old pod to leave")
    assert operator.get("/healthz")[0] == 200


def test_an_image_that_cannot_be_pulled_is_told(place: Place, operator: Operator) -> None:
    """The condition carries what the kubelet says, not just that pods are missing."""
    image = "registry.example/lost:1"

    _apply(place, "web", image)

    wait_until(lambda: image in str(place.troubles("web")), "the image to be named", 60)
    assert operator.get("/healthz")[0] == 200


def _names(place: Place) -> set[str]:
    return {pod["metadata"]["name"] for pod in place.pods()}


def _apply(place: Place, name: str, image: str) -> None:
    place.node.apply(
        {
            "apiVersion": "microservices.dev/v1alpha1",
            "kind": "Microservice",
            "metadata": {"name": name},
            "spec": {"image": image},
        },
        place.namespace,
    )
