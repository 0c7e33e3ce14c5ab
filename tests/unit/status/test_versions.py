"""What the status says of an app with several versions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.status import Rollout, Traffic, traffic
from tests import apps
from tests.unit.status.outcomes import COMPLETE, SHORT, answers, condition, status

if TYPE_CHECKING:
    from collections.abc import Mapping

NEW = "registry.example/orders:2.0.0"
NONE = replace(COMPLETE, wanted=0, pods=0, updated=0, ready=0, available=0)
MATCH = [{"query": [{"name": "a", "exact": "x"}]}]


def found(
    *versions: dict[str, Any],
    pods: Mapping[str, Rollout | None],
    awaited: frozenset[str] = frozenset(),
) -> Traffic:
    """The traffic of an app with these versions, some of which have not arrived."""
    app = apps.meshed(versions=[{"image": NEW, **version} for version in versions])
    marked = [replace(each, arrived=each.track not in awaited) for each in app.versions]
    return traffic(replace(app, versions=tuple(marked)), pods)


def test_available_means_every_version() -> None:
    """The first one that is behind is told by the name of its Deployment."""
    said = status(others={"v1": COMPLETE, "v3": SHORT})

    assert answers(said)["Available"] == ("False", "Progressing")
    assert "Deployment/orders-v3" in condition(said, "Available")["message"]
    assert said["pods"] == "3/3", "the columns are those of the stable version"


def test_the_stable_version_comes_first() -> None:
    """Most people are served by it."""
    said = status(rollout=SHORT, others={"v3": None})

    assert "Deployment/orders." in condition(said, "Available")["message"]


def test_a_version_that_is_not_there_yet_is_missed() -> None:
    """It is to be made."""
    said = status(others={"v3": None})

    assert condition(said, "Available")["message"] == "Deployment/orders-v3 has not been made yet."


def test_pods_are_counted_together() -> None:
    """And how many versions they are of."""
    one = replace(COMPLETE, wanted=1, pods=1, updated=1, ready=1, available=1)

    both = condition(status(others={"v3": one}), "Available")["message"]
    assert both == "4 of 4 pods are ready in 2 versions."
    nobody = status(rollout=NONE, others={"v3": NONE})
    assert answers(nobody)["Available"] == ("True", "ScaledToZero")
    other = condition(status(rollout=NONE, others={"v3": one}), "Available")["message"]
    assert other == "1 of 1 pod is ready in 2 versions."


def test_a_version_that_is_overdue_stalls_the_whole() -> None:
    """Nobody waits for ever for a version that never gets its pods."""
    late = replace(SHORT, overdue=True)

    assert answers(status(others={"v3": late}))["Stalled"] == ("True", "DeadlineExceeded")


def test_shares_are_told_by_version() -> None:
    """Who gets none of the rest is told to get what it matches."""
    versions = {"name": "v2", "weight": 10, "match": MATCH}, {"name": "v3", "match": MATCH}

    told = found(*versions, pods={"v2": COMPLETE, "v3": COMPLETE})

    assert told == Traffic("v1 90, v2 10, v3 by match")
    said = status(traffic=told)
    assert said["traffic"] == "v1 90, v2 10, v3 by match"
    assert answers(said)["Routed"] == ("True", "Meshed")


@pytest.mark.parametrize(
    ("pods", "words"),
    [(None, "before a pod of Deployment/orders-v2"), (COMPLETE, "mesh knows Service/orders-v2")],
    ids=["without a pod", "unknown to the mesh"],
)
def test_a_version_that_has_not_arrived_is_awaited(pods: Rollout | None, words: str) -> None:
    """It is told for what."""
    told = found({"name": "v2", "weight": 10}, pods={"v2": pods}, awaited=frozenset({"v2"}))

    said = status(traffic=told)
    assert said["traffic"] == "v1 100"
    assert answers(said)["Routed"] == ("False", "Settling")
    assert answers(said)["Reconciling"] == ("True", "Settling")
    assert words in condition(said, "Routed")["message"]


def test_a_version_that_has_lost_its_pods_keeps_its_share() -> None:
    """Nothing is shifted silently: somebody must decide."""
    told = found({"name": "v2", "weight": 10}, pods={"v2": NONE})

    said = status(traffic=told)
    assert said["traffic"] == "v1 90, v2 10"
    assert answers(said)["Routed"] == ("False", "NoPods")
    assert answers(said)["Stalled"] == ("True", "NoPods")
    assert "Deployment/orders-v2" in condition(said, "Routed")["message"]


def test_who_asks_for_nothing_is_not_told_of() -> None:
    """Without versions that ask, and without a mesh, there are no shares."""
    assert found({"name": "v2"}, pods={}) == Traffic()
    asking = apps.app(versions=[{"name": "v2", "image": NEW, "weight": 1}])
    assert traffic(asking, {}) == Traffic()
    assert "traffic" not in status(traffic=Traffic())


def test_shares_stay_told_while_nothing_is_done() -> None:
    """In other modes, and of a spec that is not understood, the routes are as they were."""
    assert status({"traffic": "v1 90, v2 10"})["traffic"] == "v1 90, v2 10"
