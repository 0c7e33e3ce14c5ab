"""Manifests of what tests run beside Microservices; a restricted namespace takes all of it."""

from __future__ import annotations

from typing import Any

from tests.e2e.images import V1

Manifest = dict[str, Any]

RESTRICTED_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
RESTRICTED_CONTAINER = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""The label of a namespace that takes nothing else."""


def microservice(name: str, **spec: Any) -> Manifest:
    """The test application as a Microservice."""
    return {
        "apiVersion": "microservices.dev/v1alpha1",
        "kind": "Microservice",
        "metadata": {"name": name},
        "spec": {"image": V1, **spec},
    }


def pod(name: str, image: str = V1) -> Manifest:
    """One pod of the test application, ready as soon as it answers."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": _pod_spec(image),
    }


def deployment(
    name: str, replicas: int = 1, image: str = V1, requests: dict[str, str] | None = None
) -> Manifest:
    """Such pods, made by a Deployment; nothing holds back the end of one."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": _pod_spec(image, requests)},
        },
    }


def service(name: str) -> Manifest:
    """The Service of `deployment`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def config_map(name: str, data: dict[str, str], labels: dict[str, str] | None = None) -> Manifest:
    """A ConfigMap of the user's own."""
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def secret(name: str, data: dict[str, str]) -> Manifest:
    """A Secret of the user's own."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def _pod_spec(image: str, requests: dict[str, str] | None = None) -> Manifest:
    container = {
        "name": "app",
        "image": image,
        "resources": {"requests": requests or {}},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
        "securityContext": RESTRICTED_CONTAINER,
    }
    return {
        "containers": [container],
        "securityContext": RESTRICTED_POD,
        "terminationGracePeriodSeconds": 5,
    }
