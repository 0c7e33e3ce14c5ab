"""What a Microservice means: defaults, choices, and the platform's word in them."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.errors import Invalid
from microservice_operator.model import Probes, understand
from microservice_operator.model.app import Identity, Port
from microservice_operator.platform import Settings
from tests import apps


def test_an_image_is_enough() -> None:
    """Everything that the spec leaves open is decided."""
    app = apps.app()

    assert (app.namespace, app.name, app.uid) == (apps.NAMESPACE, "orders", apps.UID)
    assert (app.image, app.version, app.replicas) == (apps.IMAGE, "v1", 1)
    assert app.ports == (Port("http", 80, 8080, "HTTP"),)
    assert app.identity == Identity("orders", own=True, token_mounted=False)
    assert (app.shutdown.drain_seconds, app.shutdown.grace_seconds) == (15, 45)
    assert (app.disruption, app.placement.spread) == (None, "Preferred")


def test_a_port_leads_to_its_own_number_unless_told_otherwise() -> None:
    """`targetPort` and `protocol` are the exception, not the rule."""
    app = apps.app(ports=[{"name": "web", "port": 8000}])

    assert app.ports == (Port("web", 8000, 8000, "HTTP"),)


@pytest.mark.parametrize(
    ("protocol", "speaks_http"),
    [("HTTP", True), ("HTTP2", True), ("GRPC", True), ("TCP", False), ("TLS", False)],
)
def test_requests_travel_only_where_http_is_spoken(protocol: str, *, speaks_http: bool) -> None:
    """A mesh can route requests; of the others it only sees bytes."""
    assert Port("a", 1, 1, protocol).speaks_http is speaks_http


def port_variable(**spec: Any) -> list[str]:
    """The values of PORT in the application's environment."""
    return [variable["value"] for variable in apps.app(**spec).env if variable["name"] == "PORT"]


TCP = {"name": "replication", "port": 7000, "protocol": "TCP"}
GRPC = {"name": "grpc", "port": 90, "targetPort": 9090, "protocol": "GRPC"}
HTTP = {"name": "http", "port": 80, "targetPort": 8080}


def test_port_tells_where_the_first_http_like_port_is_expected() -> None:
    """The application listens where its callers' requests arrive."""
    assert port_variable() == ["8080"]
    assert port_variable(ports=[TCP, GRPC, HTTP]) == ["9090"]


def test_port_tells_the_first_port_when_none_speaks_http() -> None:
    """A database proxy wants to know, too."""
    assert port_variable(ports=[TCP]) == ["7000"]


def test_a_worker_has_no_port_variable() -> None:
    """There is nothing to listen on."""
    assert port_variable(ports=[]) == []


def test_the_users_own_port_variable_wins() -> None:
    """What the user says is never overruled, nor said twice."""
    assert port_variable(env=[{"name": "PORT", "value": "1234"}]) == ["1234"]
    assert port_variable(config={"data": {"PORT": "1234"}}) == []


def test_a_named_service_account_is_not_ours() -> None:
    """It exists already, and is left alone."""
    app = apps.app(serviceAccountName="deployer", serviceAccountToken="Mounted")

    assert app.identity == Identity("deployer", own=False, token_mounted=True)


def test_a_token_that_is_refused_is_not_mounted() -> None:
    """The default can also be said."""
    app = apps.app(serviceAccountToken="NotMounted")

    assert not app.identity.token_mounted


def test_a_second_pod_brings_a_disruption_budget() -> None:
    """With one pod a budget would either mean nothing or block every drain."""
    assert apps.app(replicas=0).disruption is None
    assert apps.app(replicas=1).disruption is None
    assert apps.app(replicas=2).disruption == {"maxUnavailable": 1}


@pytest.mark.parametrize("budget", [{"minAvailable": "50%"}, {"minAvailable": 0}])
def test_a_budget_that_the_user_sets_holds_for_one_pod_also(budget: dict[str, object]) -> None:
    """Zero is a number, not an absence."""
    assert apps.app(replicas=1, availability=budget).disruption == budget
    assert apps.app(replicas=9, availability={"maxUnavailable": 0}).disruption == {
        "maxUnavailable": 0
    }


def test_defaults_of_the_platform_show_where_the_spec_is_silent() -> None:
    """Built-in < platform < spec."""
    settings = Settings({"replicas": 3, "version": "v7", "podLabels": {"team": "shop"}})

    app = understand(apps.body(version="v2", podLabels={"tier": "web"}), settings)

    assert (app.replicas, app.version) == (3, "v2")
    assert app.pod_labels == {"team": "shop", "tier": "web"}


def test_a_misfit_of_spec_and_defaults_names_the_defaults() -> None:
    """Each is right alone, so the user would search the spec in vain."""
    settings = Settings({"resources": {"limits": {"memory": "256Mi"}}})
    resources = {"requests": {"memory": "1Gi"}}

    with pytest.raises(Invalid, match=r"^together with the platform's defaults: spec\.resources"):
        understand(apps.body(resources=resources), settings)


def test_a_default_path_of_health_is_not_for_workers() -> None:
    """One platform default must not shut all workers out."""
    settings = Settings({"health": {"path": "/healthz", "shutdown": {"drain": "30s"}}})

    worker = understand(apps.body(ports=[]), settings)

    assert worker.probes == Probes()
    assert worker.shutdown.drain_seconds == 30
    assert understand(apps.body(), settings).probes.liveness


def test_a_spec_that_is_wrong_by_itself_does_not_blame_the_defaults() -> None:
    """The message leads to where the mistake is."""
    with pytest.raises(Invalid, match=r"^spec\.replicas: must be"):
        understand(apps.body(replicas=-1), Settings({"replicas": 3}))
