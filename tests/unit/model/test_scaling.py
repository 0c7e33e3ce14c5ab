"""What `scaling` means: bounds, metrics, and the requests that percentages are of."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.errors import Invalid
from microservice_operator.model import understand
from microservice_operator.platform import Settings
from tests import apps

REQUESTS = {"requests": {"cpu": "100m", "memory": "128Mi"}}
EXTERNAL = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": 5}},
}


def usage(kind: str, target: str = "Utilization", **source: Any) -> dict[str, Any]:
    """A metric of a resource."""
    amount = {"averageUtilization": 50} if target == "Utilization" else {"averageValue": "50m"}
    member = kind[0].lower() + kind[1:]
    return {"type": kind, member: {"name": "cpu", "target": {"type": target, **amount}, **source}}


def scaled(**scaling: Any) -> Any:
    """How an app is scaled whose container requests CPU and memory."""
    return apps.app(resources=REQUESTS, scaling=scaling).scaling


def test_without_the_block_nothing_scales() -> None:
    """The number of pods is the user's."""
    assert apps.app(replicas=3).scaling is None


@pytest.mark.parametrize(
    ("asked", "bounds"),
    [
        ({}, (1, 10)),
        ({"min": 3}, (3, 10)),
        ({"min": 20}, (20, 20)),
        ({"max": 4}, (1, 4)),
        ({"min": 2, "max": 2}, (2, 2)),
    ],
    ids=str,
)
def test_a_bound_that_is_absent_follows_the_other(
    asked: dict[str, int], bounds: tuple[int, int]
) -> None:
    """From one pod to ten, and never fewer at most than at least."""
    scaling = scaled(**asked)

    assert (scaling.min, scaling.max) == bounds


def test_without_a_metric_it_goes_by_the_containers_cpu() -> None:
    """As if the user had written it; sidecars do not count."""
    assert scaled().metrics == scaled(cpu=80).metrics
    assert scaled().metrics[0]["containerResource"]["container"] == "app"


def test_the_metrics_stand_in_the_order_of_the_spec() -> None:
    """The short ones first; one metric is enough to go without CPU."""
    every = scaled(cpu=70, memory=80, requestsPerSecond=100, metrics=[EXTERNAL]).metrics

    assert [each["type"] for each in every] == [*["ContainerResource"] * 2, *["External"] * 2]
    assert scaled(metrics=[EXTERNAL]).metrics == (EXTERNAL,)


def test_requests_are_counted_for_this_version_of_this_service() -> None:
    """The labels by which an adapter finds them, and the target for one pod."""
    app = apps.app(version="v2", scaling={"requestsPerSecond": 100})
    assert app.scaling
    [metric] = app.scaling.metrics

    labels = {"namespace": "shop", "service": "orders", "version": "v2"}
    assert metric["external"]["metric"]["selector"] == {"matchLabels": labels}
    assert metric["external"]["target"] == {"type": "AverageValue", "averageValue": "100"}


@pytest.mark.parametrize(
    ("scaling", "field"),
    [
        ({}, "cpu"),
        ({"cpu": 70}, "cpu"),
        ({"memory": 70}, "memory"),
        ({"metrics": [usage("Resource")]}, "cpu"),
        ({"metrics": [EXTERNAL, usage("ContainerResource", container="app")]}, "cpu"),
    ],
    ids=["default", "cpu", "memory", "pods", "container"],
)
@pytest.mark.parametrize("requests", [{}, {"cpu": 0, "memory": "0"}], ids=["none", "zero"])
def test_a_percentage_of_nothing_is_refused(
    scaling: dict[str, Any], field: str, requests: dict[str, Any]
) -> None:
    """The autoscaler would never decide anything; the message names the field to give."""
    with pytest.raises(Invalid, match=rf"spec\.resources\.requests\.{field}: must be given"):
        apps.app(resources={"requests": requests}, scaling=scaling)


@pytest.mark.parametrize(
    "metric",
    [
        usage("ContainerResource", container="proxy"),
        usage("ContainerResource", "AverageValue", container="app"),
        usage("Resource", "AverageValue"),
        EXTERNAL,
    ],
)
def test_what_is_no_percentage_of_ours_needs_no_request(metric: dict[str, Any]) -> None:
    """Of another container nothing is known here."""
    assert apps.app(scaling={"metrics": [metric]}).scaling


def test_a_limit_stands_for_a_request() -> None:
    """The server takes it for one; a request of its own comes first."""
    assert apps.app(resources={"limits": {"cpu": "1"}}, scaling={}).scaling
    with pytest.raises(Invalid):
        apps.app(resources={"limits": {"cpu": "1"}, "requests": {"cpu": "0"}}, scaling={})


def test_the_platforms_requests_count() -> None:
    """It is judged when everything is folded in."""
    settings = Settings(defaults={"resources": REQUESTS})

    assert understand(apps.body(scaling={}), settings).scaling


@pytest.mark.parametrize(("most", "budget"), [(1, False), (2, True)])
def test_a_budget_is_there_for_the_most_pods_that_can_be(most: int, *, budget: bool) -> None:
    """Whatever `replicas` says beside it."""
    app = apps.app(replicas=3, resources=REQUESTS, scaling={"max": most})

    assert ("PodDisruptionBudget" in apps.children(app)) == budget


def test_it_is_known_that_replicas_stands_beside_it() -> None:
    """The status says that it is ignored."""
    beside = apps.app(replicas=3, resources=REQUESTS, scaling={}).scaling
    assert beside
    assert (beside.beside_replicas, scaled().beside_replicas) == (True, False)
