"""A Prometheus operator comes, goes and returns: what it is told follows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until
from tests.cluster.definitions import MESH, MONITORING
from tests.integration import rights
from tests.integration.conftest import make_namespace
from tests.integration.process import Process
from tests.integration.world import USER, World, condition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.cluster import Cluster

FOLLOWS_WITHIN = 15
SEEN: dict[str, Any] = {"metrics": {}, "slo": {"availability": "99.9"}, "accessLog": "Errors"}
KINDS = ("servicemonitors", "prometheusrules")


def test_what_it_is_told_follows_a_prometheus_operator(
    private_cluster: Callable[..., Cluster], helm: Helm, tmp_path: Path
) -> None:
    """Whoever relies on alerts is told that there are none; services run all the same."""
    cluster = private_cluster()
    make_namespace(cluster, "shop")
    MESH.install(cluster)
    credentials = rights.grant(cluster, helm)
    with Process(credentials, tmp_path / "operator.log", ("--log-format=json",)) as process:
        _live_through(cluster, World(cluster, "shop", process))
        assert "Traceback" not in process.log.read_text(), process.log.read_text()
    assert not list(rights.denied(cluster.audit.requests(user=USER)))


def _live_through(cluster: Cluster, world: World) -> None:
    world.apply("orders", replicas=1, observability=SEEN)
    found = world.await_condition("Applied", "False", "KindMissing")
    message = condition(found, "Applied")["message"]
    assert "`observability.metrics` and `observability.slo` need a Prometheus operator" in message
    world.await_condition("Available", "True")
    assert world.get("telemetries", "orders"), "what needs no Prometheus operator is there"
    world.ready("plain", replicas=1)

    MONITORING.install(cluster)
    for kind in KINDS:
        wait_until(partial(world.get, kind, "orders"), f"{kind} to come", FOLLOWS_WITHIN)
    world.await_condition("Ready", "True")

    MONITORING.remove(cluster)
    world.await_condition("Applied", "False", "KindMissing")
    MONITORING.install(cluster)
    wait_until(partial(world.get, KINDS[0], "orders"), "its return", FOLLOWS_WITHIN)
    world.await_condition("Ready", "True")
    assert not world.notes("DriftRepaired"), "nobody took anything from us"


def test_a_dashboard_goes_at_once(world: World) -> None:
    """It is no configuration to which a rollback could return."""
    world.ready(replicas=0, observability={"dashboard": "Create"})
    found = world.the("configmaps", "orders-dashboard")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"

    world.ready(replicas=0, observability={"dashboard": "None"})

    wait_until(lambda: not world.get("configmaps", "orders-dashboard"), "the dashboard to go")
