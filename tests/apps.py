"""Microservices for tests: from the few fields that a test is about to everything made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from microservice_operator.model import App, Manifest, understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import settings
from microservice_operator.resources import desired

IMAGE = "registry.example/orders:1.4.2"
NAMESPACE = "shop"
SHARED = {
    "shop-settings": {"REGION": "eu"},
    "shop-settingsa": {"REGION": "us"},
    "shop-limits": {"LIMIT": "10"},
    "shop-limitsa": {"LIMIT": "20"},
}
OPEN = settings({"tenancy": {"serviceAccounts": "Any"}})
GATEWAYS = {
    name: {"gateway": f"edge/{name}", "serviceAccount": f"edge/{name}-gateway", "scheme": "http"}
    for name in ("public", "internal", "partners")
}
PRODUCTION = replace(OPEN, environment="prod", gateways=settings({"gateways": GATEWAYS}).gateways)
UID = "6e1ab7d8-9a0b-4f6e-b1a3-0c5d2f3e4a5b"


def body(name: str = "orders", **spec: Any) -> dict[str, Any]:
    """A Microservice as the API server holds it; the spec's fields are named as users name them."""
    return {
        "apiVersion": "microservices.dev/v1alpha1",
        "kind": "Microservice",
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": UID, "generation": 1},
        "spec": {"image": IMAGE, **spec},
    }


def app(name: str = "orders", **spec: Any) -> App:
    """What such a Microservice means in production, where some configuration is shared."""
    return understand(body(name, **spec), PRODUCTION, Facts(shared=SHARED))


def meshed(name: str = "orders", **spec: Any) -> App:
    """What it means there when the cluster has a mesh, with proxies, and a Prometheus operator."""
    facts = Facts(shared=SHARED, mesh=True, monitoring=True)
    app = understand(body(name, **spec), PRODUCTION, facts)
    return replace(app, mesh=replace(app.mesh, proxied=True))


def children(app: App) -> dict[str, Manifest]:
    """Everything that must exist for this app: by kind, or by kind and the rest of its name."""
    return {
        manifest["kind"] + manifest["metadata"]["name"].removeprefix(app.name): manifest
        for manifest in desired(app)
    }


def template(app: App) -> dict[str, Any]:
    """The pod template of this app."""
    found: dict[str, Any] = children(app)["Deployment"]["spec"]["template"]
    return found


def container(app: App) -> dict[str, Any]:
    """The application's container."""
    [found] = template(app)["spec"]["containers"]
    assert isinstance(found, dict)
    return found
