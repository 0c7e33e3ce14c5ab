from __future__ import annotations

import sys
from collections import Counter

import pytest

from microservice_operator import __version__
from microservice_operator.telemetry import metrics

NAMES = {
    "controller_runtime_reconcile_total",
    "leader_election_master_status",
    "controller_runtime_reconcile_errors_total",
    "controller_runtime_reconcile_time_seconds",
    "controller_runtime_active_workers",
    "workqueue_depth",
    "workqueue_adds_total",
    "workqueue_retries_total",
    "rest_client_requests_total",
    "rest_client_request_duration_seconds",
    "microservice_build_info",
    "microservice_condition",
    "microservice_drift_repaired_total",
    "microservice_settings_valid",
    "microservice_watch_last_event_seconds",
}
STANDING = {"Ready": "True", "Stalled": "True"}


def value(metric: str, **labels: str) -> float | None:
    """One sample."""
    return metrics.REGISTRY.get_sample_value(metric, labels)


def types() -> dict[str, str]:
    """What is declared, as a scraper reads it."""
    lines = metrics.render().decode().splitlines()
    return dict(line.split()[2:4] for line in lines if line.startswith("# TYPE"))


@pytest.fixture(autouse=True)
def _something_happened() -> None:
    """A metric with labels shows nothing before its first sample."""
    metrics.reconciled("error", 0.01)
    metrics.reconciled("success", 0.01)
    metrics.working(1)
    metrics.queued(2)
    metrics.taken(1)
    metrics.retried()
    metrics.request("PATCH", "201", 0.01)
    metrics.drift_repaired("Service", "kubectl-edit")
    metrics.conditions("till", "orders", STANDING)
    metrics.heard("Service")


def test_the_names_are_those_that_dashboards_know() -> None:
    """Whoever runs other operators has the panels already; the README promises these."""
    assert set(types()) == NAMES


def test_there_are_no_creation_times() -> None:
    """They would double the number of series."""
    assert b"_created" not in metrics.render()


def test_a_pass_is_counted_by_its_result() -> None:
    """An error counts twice: as a result, and where alerts look."""
    result = {"controller": "microservice", "result": "error"}
    passes = value("controller_runtime_reconcile_total", **result) or 0
    errors = value("controller_runtime_reconcile_errors_total", controller="microservice") or 0

    metrics.reconciled("error", 0.2)
    metrics.reconciled("requeue", 0.2)

    assert value("controller_runtime_reconcile_total", **result) == passes + 1
    assert (
        value("controller_runtime_reconcile_errors_total", controller="microservice") == errors + 1
    )


def test_a_request_is_counted_by_its_answer() -> None:
    """With method and code, as client-go does."""
    labels = {"code": "409", "method": "PATCH", "host": "kubernetes.default.svc"}
    before = value("rest_client_requests_total", **labels) or 0

    metrics.request("PATCH", "409", 0.1)

    assert value("rest_client_requests_total", **labels) == before + 1


def test_a_request_without_an_answer_is_counted_as_an_error() -> None:
    """With the word that client-go has for it, so that its alerts see a server that is away."""
    labels = {"code": "<error>", "method": "GET", "host": "kubernetes.default.svc"}
    before = value("rest_client_requests_total", **labels) or 0

    metrics.request("GET", "<error>", 0)

    assert value("rest_client_requests_total", **labels) == before + 1


def test_a_condition_has_one_status() -> None:
    """One of three series is one, and it moves."""
    metrics.conditions("till", "orders", {"Ready": "Unknown"})
    labels = {"namespace": "till", "name": "orders", "type": "Ready"}

    found = {s: value("microservice_condition", status=s, **labels) for s in metrics.STATUSES}

    assert found == {"True": 0, "False": 0, "Unknown": 1}


def test_a_condition_that_no_longer_stands_has_no_series() -> None:
    """An alert on it ends."""
    metrics.conditions("till", "orders", {"Ready": "True"})

    assert b'type="Ready"' in metrics.render()
    assert b'name="orders",namespace="till",status="True",type="Stalled"' not in metrics.render()


def test_who_is_gone_has_no_series() -> None:
    """And only they end: neither another app's nor a namesake's in another namespace."""
    metrics.conditions("web", "orders", STANDING)
    metrics.conditions("till", "carts", STANDING)

    metrics.gone("till", "orders")
    metrics.gone("till", "never seen")

    text = metrics.render().decode()
    assert 'name="orders",namespace="till"' not in text
    assert 'name="orders",namespace="web"' in text
    assert 'name="carts",namespace="till"' in text


def test_one_app_costs_the_same_however_many_there_are() -> None:
    """Otherwise a start with thousands of apps takes minutes, with the event loop blocked."""
    alone = _calls()
    for number in range(200):
        metrics.conditions("crowd", f"app-{number}", STANDING)

    assert _calls() < 2 * alone


def test_the_build_is_known() -> None:
    """A dashboard shows which version runs where."""
    assert value("microservice_build_info", version=__version__) == 1


def _calls() -> int:
    """How many functions are called to note the conditions of one app."""
    calls = Counter[str]()
    sys.setprofile(lambda _, event, __: calls.update([event]))
    try:
        metrics.conditions("till", "orders", {"Ready": "True"})
    finally:
        sys.setprofile(None)
    return calls["call"]
