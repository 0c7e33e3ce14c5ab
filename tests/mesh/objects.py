"""The objects that tests write by hand: the test application, and some of Istio's."""

from __future__ import annotations

from typing import Any

from tests.e2e.images import REPOSITORY

Manifest = dict[str, Any]


def app(name: str, version: str, replicas: int, *, injected: bool) -> list[Manifest]:
    """The test application with an identity and a Service of its own."""
    labels = {"app": name}
    container = {
        "name": "app",
        "image": f"{REPOSITORY}:{version}",
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
    }
    template = {
        "metadata": {"labels": {**labels, "sidecar.istio.io/inject": str(injected).lower()}},
        "spec": {
            "serviceAccountName": name,
            "containers": [container],
            "terminationGracePeriodSeconds": 2,
        },
    }
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    workload = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return [
        _object("v1", "ServiceAccount", name),
        _object("v1", "Service", name, spec={"selector": labels, "ports": ports}),
        _object("apps/v1", "Deployment", name, spec=workload),
    ]


def outsider(name: str, secret: str) -> Manifest:
    """Somebody without a proxy who asks, and knows the certificate that is in a Secret."""
    container = {
        "name": "app",
        "image": f"{REPOSITORY}:v1",
        "volumeMounts": [{"name": "certificate", "mountPath": "/edge"}],
    }
    items = [{"key": "tls.crt", "path": "tls.crt"}]
    spec = {
        "containers": [container],
        "volumes": [{"name": "certificate", "secret": {"secretName": secret, "items": items}}],
        "terminationGracePeriodSeconds": 0,
    }
    pod = _object("v1", "Pod", name, spec=spec)
    pod["metadata"]["labels"] = {"sidecar.istio.io/inject": "false"}
    return pod


def virtual_service(host: str, *routes: Manifest, gateway: str = "edge/public") -> Manifest:
    """Routes for a host at a gateway; the name comes from the host."""
    spec = {"hosts": [host], "gateways": [gateway], "http": list(routes)}
    return _object("networking.istio.io/v1", "VirtualService", host.replace("*", "any"), spec=spec)


def destination_rule(host: str, **policy: Any) -> Manifest:
    """How the mesh treats a host, named by its FQDN."""
    spec = {"host": host, "trafficPolicy": policy}
    name = host.partition(".")[0]
    return _object("networking.istio.io/v1", "DestinationRule", name, spec=spec)


def to(host: str, weight: int | None = None, **rest: Any) -> Manifest:
    """A destination; with a weight, one of several."""
    destination: Manifest = {"destination": {"host": host}}
    return destination | ({} if weight is None else {"weight": weight}) | rest


def strict(app: str) -> Manifest:
    """Nobody without a certificate speaks to this app."""
    spec = {"selector": {"matchLabels": {"app": app}}, "mtls": {"mode": "STRICT"}}
    return _object("security.istio.io/v1", "PeerAuthentication", app, spec=spec)


def allow(app: str, *accounts: str) -> Manifest:
    """These accounts, each as namespace/name, and nobody else may call this app."""
    spec = {
        "selector": {"matchLabels": {"app": app}},
        "action": "ALLOW",
        "rules": [{"from": [{"source": {"serviceAccounts": list(accounts)}}]}],
    }
    return _object("security.istio.io/v1", "AuthorizationPolicy", app, spec=spec)


def unknown_filter(app: str) -> Manifest:
    """A filter before this app that no proxy has, so that every proxy must refuse it."""
    kind = "type.googleapis.com/udpa.type.v1.TypedStruct"
    value = {"@type": kind, "type_url": "type.googleapis.com/nobody.knows.this"}
    patch = {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "SIDECAR_INBOUND"},
        "patch": {
            "operation": "INSERT_FIRST",
            "value": {"name": "unknown", "typed_config": value},
        },
    }
    spec = {"workloadSelector": {"labels": {"app": app}}, "configPatches": [patch]}
    return _object("networking.istio.io/v1alpha3", "EnvoyFilter", app, spec=spec)


def _object(version: str, kind: str, name: str, **rest: Any) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **rest}
