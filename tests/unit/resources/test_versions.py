"""What must exist for the other versions of an app."""

from __future__ import annotations

from typing import Any

from microservice_operator.model.labels import TRACK
from tests import apps

NEW = "registry.example/orders:2.0.0"
EACH = {"name": "v2", "image": NEW}


def children(**spec: Any) -> dict[str, Any]:
    """All of them, in a mesh."""
    return dict(apps.children(apps.meshed(**spec)))


def test_each_version_has_its_own_and_some_are_for_all() -> None:
    """One identity, one policy; a workload, an address and the rest for each."""
    found = children(
        replicas=2,
        versions=[{**EACH, "weight": 1}],
        config={"data": {"A": "1"}},
        allowFrom=[],
        resilience={"timeout": "1s", "limits": {"connections": 9}},
        security={"mtls": "Strict"},
    )

    own = {name.removesuffix("-v2") for name in found if name.endswith("-v2")}
    assert own == {"Deployment", "Service", "PodDisruptionBudget", "DestinationRule"}
    assert sum(name.startswith("ConfigMap") for name in found) == 2
    shared = {"ServiceAccount", "NetworkPolicy", "PeerAuthentication", "VirtualService"}
    assert shared <= found.keys()


def test_pods_of_a_version_are_told_from_all_others() -> None:
    """By the frozen labels; its Service, its budget and its pods agree."""
    found = children(versions=[{**EACH, "replicas": 2}])
    workload = found["Deployment-v2"]["spec"]
    labels = workload["template"]["metadata"]["labels"]

    chosen = {"app.kubernetes.io/name": "orders", TRACK: "v2"}
    assert workload["selector"]["matchLabels"] == chosen
    assert found["Service-v2"]["spec"]["selector"] == chosen
    assert found["PodDisruptionBudget-v2"]["spec"]["selector"]["matchLabels"] == chosen
    assert labels.items() >= {**chosen, "version": "v2", "app": "orders"}.items()
    assert found["Service"]["spec"]["selector"][TRACK] == "stable"
    assert workload["template"]["spec"]["serviceAccountName"] == "orders"


def test_its_autoscaler_scales_its_own_pods() -> None:
    """One of the spec is inherited, with a target of its own."""
    cpu = {"requests": {"cpu": "1"}}

    found = children(versions=[EACH], scaling={"max": 4}, resources=cpu)

    target = found["HorizontalPodAutoscaler-v2"]["spec"]["scaleTargetRef"]
    assert target["name"] == "orders-v2"


def test_every_port_with_requests_has_all_splits() -> None:
    """With what the mesh is told beside, and no word of other ports."""
    ports = [
        {"name": "http", "port": 80},
        {"name": "grpc", "port": 9090, "protocol": "GRPC"},
        {"name": "db", "port": 5432, "protocol": "TCP"},
    ]
    match = [{"headers": [{"name": "a", "exact": "b"}]}]

    found = children(
        ports=ports,
        versions=[{**EACH, "weight": 10, "match": match}],
        resilience={"timeout": "1s"},
    )

    routes = found["VirtualService"]["spec"]["http"]
    assert [route["name"] for route in routes] == ["http.v2", "http", "grpc.v2", "grpc"]
    assert routes[0]["match"] == [{"port": 80, "headers": {"a": {"exact": "b"}}}]
    assert [each.get("weight") for each in routes[2]["route"]] == [None]
    assert [each["weight"] for each in routes[3]["route"]] == [90, 10]
    assert all(route["timeout"] == "1s" for route in routes)


def test_versions_without_traffic_need_no_routes() -> None:
    """Nor does anybody where there is no mesh."""
    asking = {**EACH, "weight": 10}

    assert "VirtualService" not in children(versions=[EACH])
    assert "VirtualService" not in apps.children(apps.app(versions=[asking]))
    assert "VirtualService" in children(versions=[asking])
