"""What a status keeps of the one before: times, and what only a look at the pods can tell."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from microservice_operator.errors import Invalid
from microservice_operator.status import Trouble, same
from microservice_operator.status.availability import SEEN_IN_PODS
from tests.unit.status.outcomes import (
    COMPLETE,
    CRASH,
    LATER,
    NOW,
    SHORT,
    answers,
    condition,
    status,
)


def times(found: dict[str, Any]) -> dict[str, str]:
    """When each condition last changed."""
    return {each["type"]: each["lastTransitionTime"] for each in found["conditions"]}


def test_only_what_changes_its_answer_gets_a_new_time() -> None:
    """A time tells since when, not when last looked."""
    before = status()

    after = status(before, LATER, rollout=SHORT)

    assert times(after) == {
        "Ready": LATER,
        "Applied": NOW,
        "Available": LATER,
        "Routed": NOW,
        "Reconciling": LATER,
    }


def test_another_reason_for_the_same_answer_is_no_transition() -> None:
    """Still not available, since then."""
    before = status(rollout=SHORT)

    after = status(before, LATER, rollout=SHORT, looked=True, trouble=CRASH)

    assert times(after) == times(before)
    assert answers(after)["Available"] == ("False", "CrashLoop")


def test_what_was_said_before_any_pass_is_replaced() -> None:
    """The schema gives every new object the answer that nobody has looked yet."""
    waiting = {
        "type": "Ready",
        "status": "Unknown",
        "reason": "Waiting",
        "message": "Waiting for the operator",
        "lastTransitionTime": "1970-01-01T00:00:00Z",
    }

    found = status({"observedGeneration": -1, "conditions": [waiting]})

    assert condition(found, "Ready")["lastTransitionTime"] == NOW


def test_conditions_that_are_over_disappear() -> None:
    """Stalled and Reconciling stand only while they are true."""
    stalled = status(error=Invalid("No."))
    working = status(stalled, rollout=SHORT)
    done = status(working)

    assert "Stalled" in answers(stalled)
    assert "Reconciling" in answers(working)
    assert not {"Stalled", "Reconciling"} & answers(done).keys()


@pytest.mark.parametrize("reason", sorted(SEEN_IN_PODS))
def test_what_was_seen_in_the_pods_stays_until_the_next_look(reason: str) -> None:
    """Looks are rare; between two of them the reason must not flap."""
    seen = status(rollout=SHORT, looked=True, trouble=Trouble(reason, "What is wrong."))

    assert same(status(seen, LATER, rollout=SHORT), seen)


def test_a_look_that_finds_nothing_ends_the_trouble() -> None:
    """The pods are on their way."""
    seen = status(rollout=SHORT, looked=True, trouble=CRASH)

    after = status(seen, LATER, rollout=SHORT, looked=True)

    assert answers(after)["Available"] == ("False", "Progressing")


def test_trouble_does_not_outlive_its_spec() -> None:
    """The next generation starts without a record."""
    seen = status(rollout=SHORT, looked=True, trouble=CRASH)

    after = status(seen, LATER, rollout=SHORT, generation=5)

    assert answers(after)["Available"] == ("False", "Progressing")


def test_trouble_does_not_outlive_the_shortage() -> None:
    """All pods are ready: nothing is the matter."""
    seen = status(rollout=SHORT, looked=True, trouble=CRASH)

    assert answers(status(seen, LATER))["Available"] == ("True", "Available")


def test_what_pods_do_not_tell_is_not_carried_over() -> None:
    """A refusal of the server is true as long as the Deployment says so."""
    refused = status(rollout=replace(SHORT, failure="exceeded quota"))

    after = status(refused, LATER, rollout=SHORT)

    assert answers(after)["Available"] == ("False", "Progressing")


def test_an_equal_status_is_not_written_again() -> None:
    """Else every pass would cost a request, and wake the next one."""
    live = copy.deepcopy(status())

    assert same(status(live, LATER), live)
    assert same(status({}, LATER), live)


def test_the_order_of_conditions_means_nothing() -> None:
    """The server may keep them in another one."""
    live = status()

    assert same(status(), {**live, "conditions": live["conditions"][::-1]})


@pytest.mark.parametrize(
    "changes",
    [
        {"generation": 5},
        {"version": "v3"},
        {"error": Invalid("No.")},
        {"rollout": SHORT},
        {"rollout": replace(COMPLETE, wanted=4, pods=4, updated=4, ready=4, available=4)},
        {"rollout": None},
    ],
)
def test_whatever_else_changes_is_written(changes: dict[str, Any]) -> None:
    """Users would read yesterday's news."""
    assert not same(status(**changes), status())


def test_what_others_write_into_the_status_is_not_fought() -> None:
    """We cannot remove what another manager owns; trying costs a request in every pass."""
    live = copy.deepcopy(status())
    live["conditions"].append({**live["conditions"][0], "type": "example.com/Scanned"})

    assert same(status(live), live)


def test_a_forged_answer_of_ours_is_corrected() -> None:
    """Whoever edits our condition finds it as it was."""
    live = copy.deepcopy(status(rollout=SHORT))
    condition(live, "Ready")["status"] = "True"

    assert not same(status(live, rollout=SHORT), live)
