"""The operator's metrics, named as controller-runtime names them, so that its dashboards work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from microservice_operator import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's gap

REGISTRY = CollectorRegistry()
CONTROLLER = "microservice"
HOST = "kubernetes.default.svc"

_reconciles = Counter(
    "controller_runtime_reconcile",
    "Passes by result: success, error, requeue or requeue_after.",
    ["controller", "result"],
    registry=REGISTRY,
)
_reconcile_errors = Counter(
    "controller_runtime_reconcile_errors",
    "Passes that ended in an error and will be repeated.",
    ["controller"],
    registry=REGISTRY,
)
_reconcile_time = Histogram(
    "controller_runtime_reconcile_time_seconds",
    "Length of a pass.",
    ["controller"],
    registry=REGISTRY,
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_workers = Gauge(
    "controller_runtime_active_workers",
    "Passes under way.",
    ["controller"],
    registry=REGISTRY,
)
_depth = Gauge(
    "workqueue_depth", "Keys that wait for a pass.", ["name", "controller"], registry=REGISTRY
)
_adds = Counter(
    "workqueue_adds", "Keys that asked for a pass.", ["name", "controller"], registry=REGISTRY
)
_retries = Counter(
    "workqueue_retries", "Passes that were repeated.", ["name", "controller"], registry=REGISTRY
)
_requests = Counter(
    "rest_client_requests",
    "Requests to the API server.",
    ["code", "method", "host"],
    registry=REGISTRY,
)
_request_time = Histogram(
    "rest_client_request_duration_seconds",
    "Time until the API server answers.",
    ["verb", "host"],
    registry=REGISTRY,
    buckets=(0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
)
_drift = Counter(
    "microservice_drift_repaired",
    "Edits of children that were undone, by the field manager that made them.",
    ["kind", "manager"],
    registry=REGISTRY,
)
_last_event = Gauge(
    "microservice_watch_last_event_seconds",
    "Unix time of the last event or bookmark of a watch.",
    ["kind"],
    registry=REGISTRY,
)
_leads = Gauge(
    "leader_election_master_status",
    "1 while this process holds the Lease of this name.",
    ["name"],
    registry=REGISTRY,
)
_settings_valid = Gauge(
    "microservice_settings_valid",
    "1 while the settings file is valid, 0 while settings of before are in force instead.",
    registry=REGISTRY,
)
_settings_valid.set(1)
_build = Gauge("microservice_build_info", "The version.", ["version"], registry=REGISTRY)
_build.labels(__version__).set(1)

# Clients choose these names themselves.
MOST_MANAGERS = 50
_managers: set[str] = set()

STATUSES = ("True", "False", "Unknown")
_standing: dict[tuple[str, str], Mapping[str, str]] = {}


class _Conditions(Collector):
    """A dozen series for each app: made when they are asked for, and not kept."""

    @override
    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "microservice_condition",
            "1 for the status that a condition has.",
            labels=["namespace", "name", "type", "status"],
        )
        for (namespace, name), conditions in list(_standing.items()):
            for kind, status in conditions.items():
                for value in STATUSES:
                    family.add_metric((namespace, name, kind, value), value == status)
        yield family


REGISTRY.register(_Conditions())


def render() -> bytes:
    """The metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)


def reconciled(result: str, seconds: float) -> None:
    """A pass has ended."""
    _reconciles.labels(CONTROLLER, result).inc()
    _reconcile_time.labels(CONTROLLER).observe(seconds)
    if result == "error":
        _reconcile_errors.labels(CONTROLLER).inc()


def working(passes: int) -> None:
    """So many passes are under way."""
    _workers.labels(CONTROLLER).set(passes)


def queued(depth: int) -> None:
    """A key was added and so many wait now."""
    _adds.labels(CONTROLLER, CONTROLLER).inc()
    _depth.labels(CONTROLLER, CONTROLLER).set(depth)


def taken(depth: int) -> None:
    """A key was taken and so many wait now."""
    _depth.labels(CONTROLLER, CONTROLLER).set(depth)


def retried() -> None:
    """A pass will be repeated."""
    _retries.labels(CONTROLLER, CONTROLLER).inc()


def request(method: str, code: str, seconds: float | None = None) -> None:
    """The API server has answered; `<error>` when it has not."""
    _requests.labels(code, method, HOST).inc()
    if seconds is not None:
        _request_time.labels(method, HOST).observe(seconds)


def drift_repaired(kind: str, manager: str) -> None:
    """Somebody's edit of a child was undone."""
    known = manager in _managers or len(_managers) < MOST_MANAGERS
    if known:
        _managers.add(manager)
    _drift.labels(kind, manager if known else "others").inc()


def conditions(namespace: str, name: str, standing: Mapping[str, str]) -> None:
    """These conditions of a Microservice stand now, with these statuses, and no others."""
    _standing[namespace, name] = standing


def gone(namespace: str, name: str) -> None:
    """The Microservice has left: none of its conditions stands."""
    _standing.pop((namespace, name), None)


def settings_valid(*, valid: bool) -> None:
    """The settings file has been looked at."""
    _settings_valid.set(valid)


def heard(kind: str) -> None:
    """A watch gave a sign of life."""
    _last_event.labels(kind).set_to_current_time()


def leads(name: str, *, leading: bool) -> None:
    """This process holds the Lease of this name, or does not."""
    _leads.labels(name).set(leading)
