"""What a status says of one outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from microservice_operator.errors import Invalid, NameTaken, UserError
from microservice_operator.model.labels import selector
from microservice_operator.model.schedules import Bounds
from microservice_operator.status import Rollout, Trouble
from microservice_operator.status.availability import SEEN_IN_PODS
from tests.unit.status.outcomes import (
    COMPLETE,
    CRASH,
    SHORT,
    USER_ERRORS,
    WINDOW,
    answers,
    condition,
    status,
)


def test_a_healthy_app_is_ready() -> None:
    """All questions are answered with yes, and nothing is under way."""
    assert answers(status()) == {
        "Ready": ("True", "Ready"),
        "Applied": ("True", "Applied"),
        "Available": ("True", "Available"),
        "Routed": ("True", "NotNeeded"),
    }
    assert condition(status(), "Ready")["message"] == "3 of 3 pods are ready."


def test_the_columns_tell_of_the_rollout() -> None:
    """Pods beyond the wanted ones do not count; the selector is that of the pods."""
    found = status(rollout=replace(SHORT, pods=4))

    assert (found["replicas"], found["readyReplicas"], found["pods"]) == (3, 2, "2/3")
    assert (found["version"], found["observedGeneration"]) == ("v2", 4)
    assert dict(pair.split("=") for pair in found["selector"].split(",")) == selector("orders")


def test_without_a_deployment_nothing_is_counted() -> None:
    """Numbers of pods that nobody knows are left out."""
    found = status(rollout=None)

    assert not {"replicas", "readyReplicas", "pods"} & found.keys()
    assert answers(found)["Available"] == ("False", "Progressing")


def test_the_version_of_the_last_valid_spec_stays() -> None:
    """An invalid spec changes nothing that runs."""
    invalid = status({"version": "v1"}, version=None, error=Invalid("spec.image: must be given"))

    assert invalid["version"] == "v1"
    assert "version" not in status(version=None)


@pytest.mark.parametrize("error", USER_ERRORS)
def test_a_refusal_is_the_reason_and_stalls(error: type[UserError]) -> None:
    """Nothing happens until somebody acts, and the message says what to do."""
    found = status(error=error("Do this."))

    assert answers(found)["Applied"] == ("False", error.__name__)
    assert answers(found)["Ready"] == ("False", error.__name__)
    assert answers(found)["Stalled"] == ("True", error.__name__)
    assert answers(found)["Available"] == ("True", "Available")
    assert condition(found, "Ready")["message"] == "Do this."


def test_children_of_an_earlier_object_are_waited_for() -> None:
    """They go away by themselves."""
    found = status(recreating="Service/orders is being deleted.")

    assert answers(found)["Applied"] == ("False", "Recreating")
    assert answers(found)["Reconciling"] == ("True", "Recreating")


def test_a_refusal_is_told_before_a_wait() -> None:
    """The one needs the user, the other does not."""
    found = status(error=NameTaken("Taken."), recreating="Waiting.")

    assert answers(found)["Applied"] == ("False", "NameTaken")


@pytest.mark.parametrize(
    ("rollout", "message"),
    [
        (SHORT, "2 of 3 pods are ready; waiting for Deployment/orders."),
        (
            replace(COMPLETE, current=False),
            "3 of 3 pods are ready; waiting for Deployment/orders.",
        ),
        (replace(COMPLETE, updated=2), "3 of 3 pods are ready; waiting for Deployment/orders."),
        (
            replace(COMPLETE, pods=4),
            "3 of 3 pods are ready; waiting until Deployment/orders has no old pod left.",
        ),
        (
            replace(COMPLETE, wanted=1, pods=1, updated=1, ready=0, available=0),
            "0 of 1 pod is ready; waiting for Deployment/orders.",
        ),
    ],
)
def test_a_rollout_under_way_says_how_far_it_is(rollout: Rollout, message: str) -> None:
    """And what it waits for."""
    found = status(rollout=rollout)

    assert answers(found)["Available"] == ("False", "Progressing")
    assert answers(found)["Reconciling"] == ("True", "Progressing")
    assert condition(found, "Ready")["message"] == message


def test_an_app_of_no_pods_is_available() -> None:
    """It is what the user asked for, and a wait must end."""
    nothing = replace(COMPLETE, wanted=0, pods=0, updated=0, ready=0, available=0)

    found = status(rollout=nothing)

    assert answers(found)["Available"] == ("True", "ScaledToZero")
    assert answers(found)["Ready"] == ("True", "Ready")


def test_pods_that_still_end_are_waited_for() -> None:
    """Scaled to zero is true when none is left."""
    ending = replace(COMPLETE, wanted=0, updated=0, ready=0, available=0)

    assert answers(status(rollout=ending))["Available"] == ("False", "Progressing")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ('pods "orders-1" is forbidden: exceeded quota: small', "QuotaExceeded"),
        ("admission webhook denied the request", "Rejected"),
    ],
)
def test_pods_that_cannot_be_created_are_told_in_the_servers_words(words: str, reason: str) -> None:
    """There is no pod to look at, so the Deployment's own complaint is all there is."""
    found = status(rollout=replace(SHORT, failure=words), trouble=CRASH)

    assert answers(found)["Available"] == ("False", reason)
    assert words in condition(found, "Available")["message"]


@pytest.mark.parametrize("reason", sorted(SEEN_IN_PODS))
def test_trouble_of_pods_is_the_reason(reason: str) -> None:
    """Work still goes on: the trouble may pass by itself."""
    found = status(rollout=SHORT, looked=True, trouble=Trouble(reason, "What is wrong."))

    assert answers(found)["Available"] == ("False", reason)
    assert answers(found)["Reconciling"] == ("True", reason)


def test_a_missed_deadline_stalls() -> None:
    """Kubernetes has given up waiting; the message tells how far it came."""
    found = status(rollout=replace(SHORT, overdue=True))

    assert answers(found)["Available"] == ("False", "DeadlineExceeded")
    assert answers(found)["Stalled"] == ("True", "DeadlineExceeded")
    assert "2 of 3 pods are ready" in condition(found, "Ready")["message"]


def test_a_missed_deadline_with_a_known_cause_names_the_cause() -> None:
    """Stalled says that it is over, Available why."""
    found = status(rollout=replace(SHORT, overdue=True), looked=True, trouble=CRASH)

    assert answers(found)["Available"] == ("False", "CrashLoop")
    assert answers(found)["Stalled"] == ("True", "DeadlineExceeded")


def test_a_deadline_that_an_earlier_spec_missed_does_not_stall_this_one() -> None:
    """Else every repair would be called a failure before it has begun."""
    found = status(rollout=replace(SHORT, overdue=True, current=False))

    assert answers(found)["Available"] == ("False", "Progressing")
    assert "Stalled" not in answers(found)


def test_pods_refused_to_an_earlier_spec_are_no_news() -> None:
    """The Deployment has not yet tried with this one."""
    found = status(rollout=replace(SHORT, failure="exceeded quota", current=False))

    assert answers(found)["Available"] == ("False", "Progressing")


def test_the_first_question_that_fails_is_the_answer() -> None:
    """Applied before Available: a child that is missing may be the cause."""
    found = status(error=Invalid("spec.image: must be given"), rollout=SHORT)

    assert answers(found)["Ready"] == ("False", "Invalid")
    assert answers(found)["Available"] == ("False", "Progressing")


def test_messages_are_bounded() -> None:
    """An API server's answer can be as long as its webhooks like."""
    found = status(error=Invalid("long " * 1000))

    assert all(len(each["message"]) <= 1024 for each in found["conditions"])
    assert condition(found, "Ready")["message"].endswith("…")
    assert len(condition(found, "Ready")["message"]) == 1024
    assert len(condition(status(error=Invalid("a" * 1024)), "Ready")["message"]) == 1024


def test_a_paused_deployment_says_how_to_go_on() -> None:
    """It reports no missed deadline, so nothing else would ever end the waiting."""
    found = status(rollout=replace(COMPLETE, updated=0, paused=True))

    assert answers(found)["Available"] == ("False", "RolloutPaused")
    assert answers(found)["Stalled"] == ("True", "RolloutPaused")
    assert "kubectl rollout resume deployment/orders" in condition(found, "Ready")["message"]


def test_a_paused_deployment_that_has_nothing_to_do_is_well() -> None:
    """Somebody holds it for later; its pods serve."""
    assert answers(status(rollout=replace(COMPLETE, paused=True)))["Ready"] == ("True", "Ready")


@pytest.mark.parametrize(
    ("words", "reason", "advice"),
    [
        ('error looking up serviceaccount a/b: "b" not found', "Rejected", "`serviceAccountName`"),
        ("no PriorityClass with name x was found", "Rejected", "`placement.priorityClassName`"),
        ("exceeded quota: pods", "QuotaExceeded", "`replicas`"),
        ("a webhook says no", "Rejected", "a webhook says no."),
    ],
)
def test_refused_pods_name_the_field_to_look_at(words: str, reason: str, advice: str) -> None:
    """The server's words speak of objects that the user has never seen."""
    found = status(rollout=replace(SHORT, failure=words))

    assert answers(found)["Available"] == ("False", reason)
    assert words in condition(found, "Available")["message"]
    assert advice in condition(found, "Available")["message"]


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (None, None),
        (Bounds(1, 2), None),
        (Bounds(1, 2, active=("lunch", "sale")), {"active": ["lunch", "sale"]}),
        (
            Bounds(1, 2, next=WINDOW, changes_at=WINDOW.opens),
            {
                "next": {
                    "name": "sale",
                    "start": "2026-07-01T07:00:00Z",
                    "end": "2026-07-01T08:00:00Z",
                }
            },
        ),
    ],
)
def test_the_windows_of_schedules_are_told(
    windows: Bounds | None, said: dict[str, Any] | None
) -> None:
    """Which are open and what comes next, to the second; nothing where there is nothing."""
    assert status(windows=windows).get("schedule") == said


def test_an_app_that_is_invalid_follows_no_schedule() -> None:
    """Its autoscaler stays as it is, whatever time it becomes."""
    before = status(windows=Bounds(1, 2, active=("sale",)))

    assert "schedule" not in status(before, error=Invalid("spec.image: must be given"))
