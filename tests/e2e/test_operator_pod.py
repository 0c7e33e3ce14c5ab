"""The operator as a pod: its image, its account, and the restrictions that it promises to bear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.e2e.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Node

HOME = "microservice-operator"


@pytest.fixture(scope="module")
def home(node: Node, operator_image: str) -> Iterator[Place]:
    """The namespace in which the operator runs, with an account that may do everything."""
    node.apply([_namespace(), _binding(), _deployment(operator_image)])
    place = Place(node, HOME)
    place.available("operator")
    yield place
    node.kubectl("delete", "namespace", HOME, "--wait=false")
    node.kubectl("delete", "clusterrolebinding", HOME)


def test_the_operator_runs_restricted_and_does_its_work(home: Place, place: Place) -> None:
    """Nobody's user, a root that nobody can write to, no capability, and still it reconciles."""
    place.node.apply(
        {
            "apiVersion": "microservices.dev/v1alpha1",
            "kind": "Microservice",
            "metadata": {"name": "web"},
            "spec": {"image": "testbed.example/app:v1", "replicas": 2},
        },
        place.namespace,
    )
    place.ready("web")

    [pod] = home.pods("operator")
    assert len(place.pods()) == 2
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    said = place.node.kubectl("logs", "-n", HOME, "deployment/operator").stdout
    assert "Traceback" not in said


def test_the_operator_ends_at_once_when_asked(home: Place) -> None:
    """A drain of its node never waits for the grace period."""
    [old] = home.pods("operator")
    name = old["metadata"]["name"]

    home.node.kubectl("delete", "pod", name, "-n", HOME, "--wait=false")

    wait_until(lambda: home.node.get("pod", name, HOME) is None, "the old pod to be gone", 15)
    home.available("operator")


def _namespace() -> dict[str, Any]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME, "labels": labels}}


def _binding() -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": HOME},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": HOME}],
    }


def _deployment(image: str) -> dict[str, Any]:
    labels = {"app": "operator"}
    container = {
        "name": "operator",
        "image": image,
        "args": ["run", "--metrics-port=8080"],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "operator", "namespace": HOME},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "securityContext": security},
            },
        },
    }
