"""The alerts of objectives: who is woken, when, and who is left to sleep."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests import apps
from tests.golden import EXAMPLES
from tests.rules.promtool import STEP, Promtool

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 60
SLO: dict[str, Any] = {"availability": "99.9"}
FAST: dict[str, Any] = {"latency": {"percent": "99", "under": "250ms"}}
PAGE, TICKET = "page", "ticket"
HERE = (
    'reporter="destination",destination_canonical_service="orders",'
    'destination_workload_namespace="shop",destination_version="v1"'
)
THERE = 'reporter="source",destination_service_name="orders",destination_service_namespace="shop"'


@pytest.fixture
def judge(promtool: Path, tmp_path: Path) -> Promtool:
    """Prometheus's own judge."""
    return Promtool(promtool, tmp_path)


def rules(slo: dict[str, Any], **spec: Any) -> Any:
    """The rules of a service with these objectives."""
    app = apps.meshed(observability={"slo": slo}, **spec)
    return apps.children(app)["PrometheusRule"]["spec"]


@dataclass(frozen=True)
class Phase:
    """So many minutes, in each of which there are so many requests of a kind."""

    minutes: int
    good: float = 0
    bad: float = 0
    lost: float = 0


def counted(*phases: Phase) -> dict[str, str]:
    """What the proxies count: pods good and bad answers, callers what no pod has answered."""
    return {
        f'istio_requests_total{{{HERE},response_code="200",response_flags="-"}}': _values(
            [(phase.minutes, phase.good) for phase in phases]
        ),
        f'istio_requests_total{{{HERE},response_code="500",response_flags="-"}}': _values(
            [(phase.minutes, phase.bad) for phase in phases]
        ),
        f'istio_requests_total{{{THERE},response_code="503",response_flags="UH"}}': _values(
            [(phase.minutes, phase.lost) for phase in phases]
        ),
    }


def timed(*phases: Phase) -> dict[str, str]:
    """What the proxies count: how many were answered in time, and how many in all."""
    name = "istio_request_duration_milliseconds"
    quick = _values([(phase.minutes, phase.good) for phase in phases])
    whole = _values([(phase.minutes, phase.good + phase.bad) for phase in phases])
    return {
        f'{name}_bucket{{{HERE},le="250.0"}}': quick,
        f'{name}_bucket{{{HERE},le="1000.0"}}': whole,
        f"{name}_count{{{HERE}}}": whole,
    }


def _values(phases: list[tuple[int, float]]) -> str:
    """A counter in promtool's words; every phase starts where the one before has ended."""
    words, reached = [], 0.0
    for minutes, each in phases:
        steps, step = minutes * 60 // STEP, each * STEP / 60
        words.append(f"{reached + step:g}+{step:g}x{steps - 1}")
        reached += step * steps
    return " ".join(words)


HEALTHY = Phase(2 * HOUR, good=600)


def test_an_outage_pages_within_minutes(judge: Promtool) -> None:
    """All requests fail: in three minutes somebody knows; when it is over the page goes."""
    outage = counted(HEALTHY, Phase(10, bad=600), Phase(2 * HOUR, good=600))

    told = {2 * HOUR: set[str](), 123: {PAGE, TICKET}, 129: {PAGE, TICKET}, 180: {TICKET}}

    assert not judge.firing(rules(SLO), outage, told)


def test_a_service_without_a_pod_pages_as_well(judge: Promtool) -> None:
    """No pod counts what no pod gets: the proxies of the callers do."""
    gone = counted(HEALTHY, Phase(10, lost=600))

    assert not judge.firing(rules(SLO), gone, {119: set(), 123: {PAGE, TICKET}})


def test_a_few_errors_page_after_a_while(judge: Promtool) -> None:
    """One request in twenty is 50 times too many: by then a fiftieth of the month's is used up."""
    burning = counted(HEALTHY, Phase(HOUR, good=570, bad=30))

    assert not judge.firing(rules(SLO), burning, {130: {TICKET}, 145: {PAGE, TICKET}})


def test_a_slow_loss_is_a_ticket(judge: Promtool) -> None:
    """Four times too many: nobody is woken for what lasts a week."""
    leaking = counted(Phase(4 * HOUR, good=996, bad=4))

    assert not judge.firing(rules(SLO), leaking, {HOUR: {TICKET}, 4 * HOUR - 1: {TICKET}})


@pytest.mark.parametrize(
    "quiet",
    [
        counted(Phase(8 * HOUR)),
        {},
        counted(Phase(8 * HOUR, good=600, bad=0.3)),
        counted(Phase(8 * HOUR, bad=0.5)),
        counted(Phase(8 * HOUR, lost=0.5)),
    ],
    ids=["silent", "unknown", "healthy", "rare and failing", "rare and lost"],
)
def test_a_quiet_service_wakes_nobody(judge: Promtool, quiet: dict[str, str]) -> None:
    """Nor does one that is asked twice in an hour, and fails: that says nothing of its callers."""
    never: dict[int, set[str]] = {minute: set() for minute in range(10, 8 * HOUR, 25)}

    assert not judge.firing(rules(SLO), quiet, never)


def test_who_waits_too_long_counts(judge: Promtool) -> None:
    """Of an objective of latency only what is slow is missed, whatever it is answered."""
    slow = timed(HEALTHY, Phase(HOUR, good=300, bad=300))

    assert not judge.firing(rules(FAST), slow, {119: set(), 145: {PAGE, TICKET}})


def test_a_caller_who_has_left_misses_nothing(judge: Promtool) -> None:
    """The service has not answered him, for he was not there any more."""
    left = f'istio_requests_total{{{HERE},response_code="503",response_flags="DC"}}'
    series = counted(Phase(4 * HOUR, good=600)) | {left: _values([(4 * HOUR, 600)])}

    assert not judge.firing(rules(SLO), series, {HOUR: set(), 4 * HOUR - 1: set()})


def test_a_failure_of_grpc_counts_where_grpc_is_spoken(judge: Promtool) -> None:
    """Its HTTP code is 200, whatever becomes of it; and a caller's mistake is none of ours."""
    ports = [{"name": "grpc", "port": 9090, "protocol": "GRPC"}]

    def failing(status: int) -> dict[str, str]:
        labels = f'{HERE},response_code="200",response_flags="-",grpc_response_status="{status}"'
        return {f"istio_requests_total{{{labels}}}": _values([(HOUR, 600)])}

    spoken = rules(SLO, ports=ports)

    assert not judge.firing(spoken, failing(14), {50: {PAGE, TICKET}})
    assert not judge.firing(spoken, failing(5), {50: set()})


@pytest.mark.parametrize("percent", ["95", "99", "99.9", "99.999"])
def test_rules_are_sound_whatever_is_promised(judge: Promtool, percent: str) -> None:
    """And there is no promise whose breach could never be told."""
    both = {"availability": percent, "latency": {"percent": percent, "under": "1s"}}
    spec = rules(both, about={"team": "checkout", "docs": "https://docs.example"})

    limits = re.findall(r"> ([0-9.]+)\n", json.dumps(spec).replace("\\n", "\n"))

    assert not judge.check(spec)
    assert limits
    assert all(0 < float(limit) < 1 for limit in limits)


def test_every_query_of_a_dashboard_can_be_asked(judge: Promtool) -> None:
    """Grafana shows an empty chart for one that cannot, and nobody knows why."""
    observability = {"slo": {**SLO, **FAST}, "dashboard": "Create"}
    app = apps.meshed(observability=observability)
    [text] = apps.children(app)["ConfigMap-dashboard"]["data"].values()

    panels = json.loads(text)["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]

    assert len(queries) > 10
    for query in queries:
        assert judge.parses(query.replace("$__rate_interval", "5m")), query


def test_the_metric_that_an_autoscaler_asks_for_is_the_one_of_the_example(judge: Promtool) -> None:
    """By the labels of its selector: another name would leave it without any metric."""
    documents = list(yaml.safe_load_all((EXAMPLES / "scaling/adapter.yaml").read_text()))
    spec = documents[0]["spec"]
    children = apps.children(apps.app(scaling={"max": 5, "requestsPerSecond": 100}))
    [metric] = children["HorizontalPodAutoscaler"]["spec"]["metrics"]
    asked = metric["external"]["metric"]
    chosen = asked["selector"]["matchLabels"].items()
    labels = ",".join(f'{name}="{value}"' for name, value in chosen)
    query = f"{asked['name']}{{{labels}}}"

    assert not judge.check(spec)
    assert not judge.counts(spec, counted(Phase(10, good=600)), query, 9)
