"""The dashboard for Grafana: how the services are, and how the operator is."""

from __future__ import annotations

from typing import Any

WIDTH, HEIGHT = 12, 8
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

READY = 'microservice_condition{type="Ready"'
SECONDS = "controller_runtime_reconcile_time_seconds"
RATE = "[$__rate_interval]"

STATS = (
    ("Ready", f'sum({READY},status="True"}})'),
    ("Not ready", f'sum({READY},status="False"}})'),
    ("Not looked at yet", f'sum({READY},status="Unknown"}})'),
    ("Stalled", 'sum(microservice_condition{type="Stalled",status="True"})'),
)
CHARTS = (
    ("Not ready, by namespace", f'sum by (namespace) ({READY},status="False"}})', "{{namespace}}"),
    (
        "Edits that were undone",
        f"sum by (kind, manager) (rate(microservice_drift_repaired_total{RATE}))",
        "{{kind}} by {{manager}}",
    ),
    (
        "Passes",
        f"sum by (result) (rate(controller_runtime_reconcile_total{RATE}))",
        "{{result}}",
    ),
    (
        "Length of a pass, 99 of 100",
        f"histogram_quantile(0.99, sum by (le) (rate({SECONDS}_bucket{RATE})))",
        "seconds",
    ),
    ("Keys that wait", "sum(workqueue_depth)", "waiting"),
    (
        "Requests to the API server",
        f"sum by (method, code) (rate(rest_client_requests_total{RATE}))",
        "{{method}} {{code}}",
    ),
    (
        "Since the last word of a watch",
        "time() - max by (kind) (microservice_watch_last_event_seconds)",
        "{{kind}}",
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    stats = [_panel("stat", n, title, query, "") for n, (title, query) in enumerate(STATS)]
    charts = [
        _panel("timeseries", n, title, query, legend)
        for n, (title, query, legend) in enumerate(CHARTS)
    ]
    return {
        "uid": "microservice-operator",
        "title": "Microservices",
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [panel | {"id": n} for n, panel in enumerate(stats + charts, start=1)],
    }


def queries() -> list[str]:
    """Every query that it makes."""
    return [each[1] for each in (*STATS, *CHARTS)]


def _panel(kind: str, number: int, title: str, query: str, legend: str) -> dict[str, Any]:
    """One panel: the stats stand in a row on top, the charts in two columns below it."""
    place = (
        {"x": number * 6, "y": 0, "w": 6, "h": 4}
        if kind == "stat"
        else {"x": number % 2 * WIDTH, "y": 4 + number // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT}
    )
    return {
        "type": kind,
        "title": title,
        "datasource": DATASOURCE,
        "gridPos": place,
        "targets": [{"refId": "A", "expr": query, "legendFormat": legend}],
    }
