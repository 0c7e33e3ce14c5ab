"""A node is emptied: its pods leave one by one, and never before others serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Node
    from tests.e2e.place import Place

pytestmark = pytest.mark.usefixtures("operator")

CREATED, TOO_MANY = 201, 429


@pytest.fixture
def cordoned(node: Node) -> Iterator[str]:
    """The only node, as soon as it is about to be emptied; afterwards it takes pods again."""
    [name] = [
        found["metadata"]["name"] for found in node.api.request("GET", "/api/v1/nodes")[1]["items"]
    ]
    yield name
    node.kubectl("uncordon", name)


def test_pods_are_evicted_one_by_one_and_no_request_is_lost(
    node: Node, place: Place, cordoned: str
) -> None:
    """The second one stays until there is a new pod for the first; then it may go as well."""
    place.microservice(replicas=2, health={"shutdown": {"drain": "4s"}})
    place.ready()
    first, second = sorted(place.names())

    with place.load() as load:
        node.kubectl("cordon", cordoned)
        _await_spare(place)
        assert _evict(place, first) == CREATED
        assert _evict(place, second) == TOO_MANY

        message = place.explained("Unschedulable")
        assert _evict(place, second) == TOO_MANY

        node.kubectl("uncordon", cordoned)
        place.ready()
        place.alone(count=2)
        _await_spare(place)
        assert _evict(place, second) == CREATED
        place.alone(count=2)
        place.ready()

    assert "finds no node" in message
    assert not load.lost
    assert {first, second} < load.hosts


def _await_spare(place: Place) -> None:
    """Wait until the budget has counted both pods, which it does on its own."""
    allowed = ("get", "pdb", "web", "-o", "jsonpath={.status.disruptionsAllowed}")
    wait_until(lambda: place.kubectl(*allowed) == "1", "the budget to allow one")


def _evict(place: Place, pod: str) -> int:
    path = f"/api/v1/namespaces/{place.namespace}/pods/{pod}/eviction"
    metadata = {"name": pod, "namespace": place.namespace}
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
    return place.bed.api.request("POST", path, eviction)[0]
