"""The chart says what the code says: version, definition, rights, settings, metrics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from microservice_operator import __version__
from microservice_operator.api.microservice import Microservice
from microservice_operator.model import Kind, kinds
from microservice_operator.resources import CHILDREN
from microservice_operator.telemetry.metrics import REGISTRY
from tests import chart
from tests.chart import CHART, dashboard, rights, values

if TYPE_CHECKING:
    from pathlib import Path

ALL = [kind for kind in vars(kinds).values() if isinstance(kind, Kind)]
RULES = [*rights.rules(), rights.definitions(), rights.leadership()]
ALERTS = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["groups"]
NEVER = {
    "*",
    "secrets",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "escalate",
    "bind",
    "impersonate",
    "update",
    "deletecollection",
}
QUERIES = [
    *dashboard.queries(),
    *(rule["expr"] for group in ALERTS for rule in group["rules"]),
]


@pytest.mark.parametrize("path", sorted(chart.files()), ids=lambda path: path.name)
def test_what_is_generated_in_the_chart_is_current(path: Path) -> None:
    """People install the files, not the code that they are made of."""
    assert path.read_text() == chart.files()[path], f"run `make chart` and commit {path.name}"


def test_the_chart_has_the_version_of_the_operator() -> None:
    """One release, one number."""
    said = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert (said["version"], said["appVersion"]) == (__version__, __version__)


def test_the_example_that_is_shown_of_the_chart_is_valid() -> None:
    """It is the first thing that somebody copies."""
    annotations = yaml.safe_load((CHART / "Chart.yaml").read_text())["annotations"]

    [example] = yaml.safe_load(annotations["artifacthub.io/crdsExamples"])

    Microservice.model_validate(example)


@pytest.mark.parametrize("kind", [kind.name for kind in CHILDREN])
def test_the_operator_may_do_with_every_child_what_it_does(kind: str) -> None:
    """A kind that it may not write is a service that is never whole."""
    [child] = [child for child in CHILDREN if child.name == kind]
    group = child.api_version.rpartition("/")[0]

    missing = {(group, child.plural, verb) for verb in rights.CHILD} - rights.granted(RULES)

    assert not missing, f"{kind} is missing from the chart's ClusterRole: run `make chart`"


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_kind_that_the_operator_knows_has_a_right(kind: Kind) -> None:
    """What it reads or writes without one is refused in every cluster but the developer's."""
    there = {(group, resource) for group, resource, _ in rights.granted(RULES)}
    group = kind.api_version.rpartition("/")[0]

    assert (group, kind.plural) in there, f"add {kind.name} with its verbs to tests/chart/rights.py"


def test_definitions_are_only_looked_at() -> None:
    """Who may write them may change what every object of the cluster means."""
    asked = {verb for _, resource, verb in rights.granted(RULES) if "definitions" in resource}

    assert asked == {"list", "watch"}


def test_nobody_becomes_mighty_through_the_operator() -> None:
    """No secrets, no wildcards, nothing by which rights or definitions could be changed."""
    words = {word for right in rights.granted(RULES) for word in right}

    assert not words & NEVER


@pytest.mark.parametrize("query", QUERIES)
def test_alerts_and_dashboard_ask_for_metrics_that_exist(query: str) -> None:
    """An alert on a metric that nobody writes is never raised."""
    there = {f"{family.name}_total" for family in REGISTRY.collect() if family.type == "counter"}
    for family in REGISTRY.collect():
        there |= {family.name, *(f"{family.name}_{part}" for part in ("bucket", "sum", "count"))}

    asked = set(
        re.findall(r"\b(?:microservice|workqueue|controller_runtime|rest_client)_\w+", query)
    )

    assert asked, query
    assert asked <= there


@pytest.mark.parametrize(
    "alert", [rule for group in ALERTS for rule in group["rules"]], ids=lambda rule: rule["alert"]
)
def test_every_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    """Whoever is woken up by it reads nothing else."""
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"]["summary"].endswith(".")
    assert alert["annotations"]["description"].count(". ") >= 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("key: 1", "`key` needs a comment"),
        ("above:\n  # no sentence\n  key: 1", "`above.key` needs a comment"),
        ("# A list.\nkey: []", "`key` needs `# @schema"),
    ],
    ids=["silent", "no sentence", "no type"],
)
def test_a_value_that_does_not_say_what_it_is_is_refused(text: str, complaint: str) -> None:
    """The schema and the table are made of what stands in values.yaml."""
    with pytest.raises(values.Untold, match=re.escape(complaint)):
        values.read(text)


def test_a_values_type_bounds_and_meaning_are_told() -> None:
    """Types come from the defaults; a hint says what they do not show."""
    read = values.read("a:\n  # One.\n  # @schema {minimum: 1}\n  b: 1\n  # Two.\n  c: no\n")

    below = values.schema(read)["properties"]["a"]

    assert below["additionalProperties"] is False
    assert below["properties"] == {
        "b": {"type": "integer", "description": "One.", "default": 1, "minimum": 1},
        "c": {"type": "boolean", "description": "Two.", "default": False},
    }
    assert "| `a.b` | `1` | One. |" in values.table(read)
