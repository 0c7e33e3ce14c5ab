"""Istio comes, goes and returns: routing follows, and nothing else is touched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.cluster.definitions import MESH as ISTIO
from tests.integration import rights
from tests.integration.conftest import make_namespace
from tests.integration.process import Process
from tests.integration.world import USER, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.cluster import Cluster
    from tests.integration.world import Manifest

FOLLOWS_WITHIN = 15
MESH: dict[str, Any] = {
    "resilience": {"timeout": "3s", "limits": {"connections": 9}},
    "security": {"mtls": "Strict"},
    "allowFrom": [],
    "exposure": [{"name": "web", "gateway": "public", "hosts": ["api.shop.example"]}],
}
GATEWAYS = "gateways: {public: {gateway: edge/public, serviceAccount: edge/public}}"


@pytest.mark.parametrize("scope", ["cluster", "namespace"])
def test_routing_follows_istio_and_nothing_else_notices(
    private_cluster: Callable[..., Cluster], helm: Helm, tmp_path: Path, scope: str
) -> None:
    """What needs a mesh says so while there is none; pods are replaced once, to get their proxy."""
    cluster = private_cluster()
    make_namespace(cluster, "shop")
    some = ["shop"] if scope == "namespace" else []
    settings = tmp_path / "settings.yaml"
    settings.write_text(GATEWAYS)
    options = (
        *("--log-format=json", f"--settings={settings}"),
        *(f"--namespace={name}" for name in some),
    )
    credentials = rights.grant(cluster, helm, *some)
    with Process(credentials, tmp_path / "operator.log", options) as process:
        _live_through(cluster, World(cluster, "shop", process))
        assert "Traceback" not in process.log.read_text(), process.log.read_text()
    assert not list(rights.denied(cluster.audit.requests(user=USER)))


def _live_through(cluster: Cluster, world: World) -> None:
    world.apply("orders", replicas=1, **MESH)
    missing = world.await_condition("Routed", "False", "MeshMissing")
    assert "`exposure`, `resilience` and `security` need a mesh" in _message(missing)
    world.ready("plain", replicas=1)

    ISTIO.install(cluster)
    for kind in ("destinationrules", "virtualservices", "peerauthentications"):
        wait_until(partial(world.get, kind, "orders"), f"{kind} to come", FOLLOWS_WITHIN)
    world.await_condition("Ready", "True")
    host = _host(world)
    assert not world.get("destinationrules", "plain")
    template = _template(world)
    assert template["metadata"]["labels"]["sidecar.istio.io/inject"] == "true"

    _half(cluster, world)

    ISTIO.remove(cluster)
    world.await_condition("Routed", "False", "MeshMissing")
    assert _template(world) == template, "nobody is restarted for a mesh that may return"

    ISTIO.install(cluster)
    wait_until(partial(world.get, "destinationrules", "orders"), "its return", FOLLOWS_WITHIN)
    world.await_condition("Ready", "True")
    assert _host(world) == host
    assert _template(world) == template
    assert not world.notes("DriftRepaired"), "nobody took anything from us"


def _half(cluster: Cluster, world: World) -> None:
    """One kind is missing for a while: what is left keeps who may call, and who answers where."""
    kept = {kind: world.all(kind) for kind in ("authorizationpolicies", "virtualservices")}
    assert all(kept.values())
    cluster.kubectl("delete", "crd", "telemetries.telemetry.istio.io", timeout=120)
    world.await_condition("Routed", "False", "MeshMissing")
    world.settle()
    assert {kind: world.all(kind) for kind in kept} == kept

    ISTIO.install(cluster)
    world.await_condition("Ready", "True")
    world.settle()
    assert {kind: world.all(kind) for kind in kept} == kept


def _message(found: Manifest) -> str:
    conditions = found["status"]["conditions"]
    return next(str(each["message"]) for each in conditions if each["type"] == "Routed")


def _template(world: World) -> Manifest:
    template: Manifest = world.the("deployments")["spec"]["template"]
    return template


def _host(world: World) -> Manifest:
    """What serves the host, from end to end."""
    found = [each["spec"] for each in world.all("virtualservices") if "gateways" in each["spec"]]
    assert len(found) == 1
    spec: Manifest = found[0]
    return spec
