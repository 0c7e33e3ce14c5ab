"""What only real containers do: they run out of memory, crash, and lose or keep requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.cluster.images.catalogue import APP as SOURCES
from tests.cluster.tools import compiled

if TYPE_CHECKING:
    from tests.e2e.place import Place


@pytest.mark.usefixtures("operator")
def test_a_rolling_update_loses_no_request(place: Place) -> None:
    """The promise of the README, under load, with connections new and kept."""
    _apply(place, "testbed.example/app:v1")
    place.ready("web")
    address = place.node.kubectl(
        "get", "service", "web", "-n", place.namespace, "-o", "jsonpath={.spec.clusterIP}"
    ).stdout
    program = str(compiled("app", SOURCES, "."))
    load = (program, "load", "-for", "25s", "-workers", "2", "-pause", "5ms")
    loads = [
        place.node.spawn(*load, f"http://{address}/"),
        place.node.spawn(*load, "-fresh", f"http://{address}/"),
    ]
    wait_until(lambda: int(place.ask("requests")[1]) > 0, "the load to arrive")

    _apply(place, "testbed.example/app:v2")
    place.ready("web")

    for each in loads:
        told = json.loads(each.communicate(timeout=60)[0])
        assert told["answers"].keys() == {"200"}, told
        assert told["versions"].keys() == {"v1", "v2"}, told


@pytest.mark.usefixtures("operator")
def test_a_container_that_takes_too_much_memory_is_ended_and_starts_again(place: Place) -> None:
    """The limit of the spec is the kernel's limit."""
    _apply(place, "testbed.example/app:v1", resources={"limits": {"memory": "64Mi"}})
    place.ready("web")

    place.ask("hog?mebibytes=200")

    wait_until(lambda: _last_end(place).get("reason") == "OOMKilled", "the end for memory", 30)
    place.ready("web")


@pytest.mark.usefixtures("operator")
def test_a_crash_is_told_with_its_exit_code_and_heals(place: Place) -> None:
    """The kubelet restarts what has crashed; the next request is answered again."""
    _apply(place, "testbed.example/app:v1")
    place.ready("web")

    place.ask("crash?code=3")

    wait_until(lambda: _last_end(place).get("exitCode") == 3, "the crash to be seen", 30)
    wait_until(lambda: place.ask()[0] == 200, "an answer", 30)


def _last_end(place: Place) -> dict[str, Any]:
    for pod in place.pods():
        for status in pod["status"].get("containerStatuses", ()):
            ended: dict[str, Any] = status.get("lastState", {}).get("terminated", {})
            return ended
    return {}


def _apply(place: Place, image: str, **spec: Any) -> None:
    place.node.apply(
        {
            "apiVersion": "microservices.dev/v1alpha1",
            "kind": "Microservice",
            "metadata": {"name": "web"},
            "spec": {"image": image, **spec},
        },
        place.namespace,
    )
