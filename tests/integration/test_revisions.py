"""The judge of everything that was said finds each kind of lie."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.integration.revisions import judge

UID = "6e1ab7d8"
NOW, LATER, BEFORE = (f"2026-11-05T10:00:0{second}Z" for second in (1, 2, 0))
DEPLOYMENT = {"metadata": {"resourceVersion": "5", "ownerReferences": [{"uid": UID}]}}


def _revision(**answers: str) -> dict[str, Any]:
    """A Ready Microservice, but for these conditions."""
    said = dict.fromkeys(("Ready", "Applied", "Available", "Routed"), "True") | answers
    return {
        "metadata": {
            "namespace": "shop",
            "name": "orders",
            "uid": UID,
            "generation": 2,
            "resourceVersion": "9",
        },
        "status": {
            "observedGeneration": 2,
            "conditions": [
                {
                    "type": kind,
                    "status": answer,
                    "reason": "Any",
                    "observedGeneration": 2,
                    "lastTransitionTime": NOW,
                }
                for kind, answer in said.items()
            ],
        },
    }


def test_the_truth_is_not_objected_to() -> None:
    """A Ready Microservice whose Deployment is older than its status is as it should be."""
    assert list(judge([_revision()], [DEPLOYMENT])) == []


@pytest.mark.parametrize(
    ("revision", "flaw"),
    [
        (_revision(Available="False"), "does not sum the others up"),
        (_revision(Ready="False", Applied="False"), "neither Ready nor Stalled nor Reconciling"),
        (_revision(Stalled="True", Reconciling="True"), "Stalled and Reconciling at once"),
        (_revision(Stalled="True"), "is judged otherwise by kstatus"),
    ],
    ids=["sum", "silence", "both", "stalled"],
)
def test_a_contradiction_is_found(revision: dict[str, Any], flaw: str) -> None:
    """Conditions that do not fit together are told by name."""
    assert any(flaw in each for each in judge([revision], [DEPLOYMENT]))


def test_good_news_before_there_is_a_deployment_is_found() -> None:
    """Nothing can serve before it exists."""
    young = {"metadata": {**DEPLOYMENT["metadata"], "resourceVersion": "10"}}

    assert any("before its Deployment" in each for each in judge([_revision()], [young]))
    assert any("before its Deployment" in each for each in judge([_revision()], []))


def test_conditions_about_another_generation_are_found() -> None:
    """Each of them is about the generation that the status is about."""
    revision = _revision()
    revision["status"]["conditions"][3]["observedGeneration"] = 1

    assert any("different generations" in each for each in judge([revision], [DEPLOYMENT]))


@pytest.mark.parametrize(
    ("time", "flaw"), [(LATER, "without a change"), (BEFORE, "backwards")], ids=["on", "back"]
)
def test_a_time_that_moves_alone_is_found(time: str, flaw: str) -> None:
    """The time of a condition is the time of its last change."""
    after = deepcopy(_revision())
    after["status"]["conditions"][0]["lastTransitionTime"] = time

    assert any(flaw in each for each in judge([_revision(), after], [DEPLOYMENT]))


def _idle(reason: str, **answers: str) -> dict[str, Any]:
    """A Microservice of which nobody takes care, for this reason."""
    revision = _revision(**{"Ready": "Unknown", "Applied": "Unknown"} | answers)
    for each in revision["status"]["conditions"]:
        each["reason"] = reason if each["status"] == "Unknown" else "Any"
    if reason == "Planned":
        revision["status"]["plan"] = {"generation": 2, "hash": "1f", "changes": []}
    return revision


@pytest.mark.parametrize("reason", ["Planned", "Paused"])
def test_a_plan_and_a_pause_are_not_objected_to(reason: str) -> None:
    """Nothing is under way, nothing is stuck, and nothing is promised."""
    assert list(judge([_idle(reason)], [DEPLOYMENT])) == []


def test_a_plan_that_does_not_fit_is_found() -> None:
    """It stands beside its condition, about the same generation, and nobody is at work."""
    stale, silent, other = _idle("Planned"), _idle("Planned"), _idle("Paused")
    stale["status"]["plan"]["generation"] = 1
    del silent["status"]["plan"]
    other["status"]["conditions"][1]["reason"] = "Planned"

    for revision, flaw in (
        (stale, "plan about another generation"),
        (silent, "none although it is"),
        (other, "another reason than that of Applied"),
        (_idle("Paused", Stalled="True"), "while nothing is to be done"),
    ):
        assert any(flaw in each for each in judge([revision], [DEPLOYMENT])), flaw
