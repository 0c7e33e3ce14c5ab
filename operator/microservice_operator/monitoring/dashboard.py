"""The dashboard of an app for Grafana: how much is asked, what fails, how long it takes."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from microservice_operator.monitoring.burning import RATIO
from microservice_operator.monitoring.series import DURATION, arrived, failed, unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.model import App

WIDTH, HEIGHT = 12, 8
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
RATE = "[$__rate_interval]"
FAILURES = ("answered with an error", "gRPC: failed")
WINDOWS = ("5m", "1h", "6h", "3d")
QUANTILES = ("0.5", "0.9", "0.99")

# What follows in the name of a pod is two words: pods of apps with longer names are not meant.
# Where the name is long, there may be no room for the first one, nor for what stands between them.
REST, CUT = "-[a-z0-9]+-[a-z0-9]+", "-?[a-z0-9]+(-[a-z0-9]+)?"
ROOM, WORD = 58, len("-0123456789-")

Query = tuple[str, str]  # what to ask, and how to call what comes
Chart = tuple[str, str, list[Query]]  # its title, its unit and its queries


def dashboard(app: App) -> str:
    """The dashboard as Grafana reads it."""
    panels = [
        _panel(number, title, unit, queries)
        for number, (title, unit, queries) in enumerate(_charts(app))
    ]
    whole = {
        "uid": blake2b(f"{app.namespace}/{app.name}".encode(), digest_size=10).hexdigest(),
        "title": f"{app.namespace} / {app.name}",
        "tags": ["microservice"],
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": panels,
    }
    return json.dumps(whole, indent=1) + "\n"


def _charts(app: App) -> Iterator[Chart]:
    """What is asked, what becomes of it, what it costs, and what was promised."""
    yield from _traffic(app)
    yield from _usage(app)
    yield from _promises(app)


def _traffic(app: App) -> Iterator[Chart]:
    requests, buckets = arrived(app), arrived(app, f"{DURATION}_bucket")
    by_answer = f"sum by (response_code) (rate({requests}{RATE}))"
    yield "Requests by answer", "reqps", [(by_answer, "{{response_code}}")]
    by_version = f"sum by (destination_version) (rate({requests}{RATE}))"
    yield "Requests by version", "reqps", [(by_version, "{{destination_version}}")]
    errors = (*zip(failed(app), FAILURES, strict=False), (unanswered(app), "not answered"))
    shares = [
        (f"sum(rate({each}{RATE})) / sum(rate({requests}{RATE}))", words) for each, words in errors
    ]
    yield "Errors", "percentunit", shares
    quantiles = [
        (f"histogram_quantile({each}, sum by (le) (rate({buckets}{RATE})))", each)
        for each in QUANTILES
    ]
    yield "Latency", "ms", quantiles


def _usage(app: App) -> Iterator[Chart]:
    names = "|".join(_pods(track.title) for track in app.tracks)
    pods = f'{{namespace="{app.namespace}",pod=~"{names}",container="app"}}'
    cpu = f"sum by (pod) (rate(container_cpu_usage_seconds_total{pods}{RATE}))"
    yield "CPU of the application", "cores", [(cpu, "{{pod}}")]
    memory = f"sum by (pod) (container_memory_working_set_bytes{pods})"
    yield "Memory of the application", "bytes", [(memory, "{{pod}}")]


def _pods(title: str) -> str:
    """How the pods of a Deployment are called."""
    return title + REST if len(title) <= ROOM - WORD else title[:ROOM] + CUT


def _promises(app: App) -> Iterator[Chart]:
    for each in app.observability.objectives:
        chosen = f'{{namespace="{app.namespace}",service="{app.name}",slo="{each.name}"}}'
        missed = [(f"{RATIO}{window}{chosen}", window) for window in WINDOWS]
        yield f"Missed {each.name}", "percentunit", missed


def _panel(number: int, title: str, unit: str, queries: list[Query]) -> dict[str, Any]:
    """The charts stand in two columns."""
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "gridPos": {
            "x": number % 2 * WIDTH,
            "y": number // 2 * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "targets": [
            {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend}
            for place, (query, legend) in enumerate(queries)
        ],
    }
