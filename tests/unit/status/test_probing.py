"""Containers that run and are not ready, from what their nodes say of their probes."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.status.probing import LONGEST_WORDS, probing, unready
from microservice_operator.status.rollout import Trouble

Object = dict[str, Any]
EARLY, LATE = "2026-11-05T10:00:00Z", "2026-11-05T10:00:09Z"
TROUBLE = Trouble("ProbeFailing", "It runs but is not ready.")
RUNNING: Object = {"name": "app", "state": {"running": {}}}


def pod(*containers: Object, **metadata: Any) -> Object:
    """A pod with these containers."""
    status = {"containerStatuses": list(containers)}
    return {"metadata": {"name": "orders-1", **metadata}, "status": status}


def event(note: str, at: str = EARLY, reason: str = "Unhealthy") -> Object:
    """What a node says."""
    return {"reason": reason, "note": note, "deprecatedLastTimestamp": at}


@pytest.mark.parametrize(
    "other",
    [
        pod({**RUNNING, "ready": True}),
        pod({"name": "app", "state": {"waiting": {}}}),
        pod(RUNNING, deletionTimestamp=EARLY),
        {"metadata": {"name": "new"}},
    ],
    ids=["ready", "waiting", "leaving", "new"],
)
def test_only_a_pod_that_runs_and_is_not_ready_is_asked_about(other: Object) -> None:
    """The probes of any other are not what is the matter."""
    assert unready([other, pod(RUNNING)]) == pod(RUNNING)
    assert unready([other]) is None


def test_the_newest_failure_is_told() -> None:
    """In the words of the node, whatever else it has said since."""
    events = [event("late", LATE), event("early"), event("Pulled it.", LATE, "Pulled")]

    assert probing(TROUBLE, events).message == "It runs but is not ready. late."
    assert probing(TROUBLE, events).reason == TROUBLE.reason


@pytest.mark.parametrize("events", [[], [event("")], [event("Pulled it.", reason="Pulled")]])
def test_without_a_word_the_trouble_stays_as_it_is(events: list[Object]) -> None:
    """Events are lost at times."""
    assert probing(TROUBLE, events) == TROUBLE


def test_a_talkative_probe_is_cut_short() -> None:
    """A command may print a page, and may print another one each time."""
    trouble = probing(TROUBLE, [event("x" * 999 + "\nmore")])

    assert trouble.message == f"{TROUBLE.message} {'x' * LONGEST_WORDS}."
