"""Outcomes of passes, and the statuses that are made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from microservice_operator.errors import (
    FieldConflict,
    Forbidden,
    Invalid,
    KindMissing,
    NameTaken,
    QuotaExceeded,
    Rejected,
)
from microservice_operator.model.schedules import Bounds, Window
from microservice_operator.status import (
    Answer,
    Autoscaler,
    Change,
    Endpoint,
    Outcome,
    Prospect,
    Rollout,
    Routing,
    Traffic,
    Trouble,
    report,
)
from microservice_operator.status.availability import SEEN_IN_PODS
from microservice_operator.status.reasons import Reason

NOW, LATER = "2026-11-05T10:00:00Z", "2026-11-05T10:05:00Z"
USER_ERRORS = [
    Invalid,
    NameTaken,
    Forbidden,
    QuotaExceeded,
    Rejected,
    FieldConflict,
    KindMissing,
]

COMPLETE = Rollout(
    wanted=3,
    current=True,
    pods=3,
    updated=3,
    ready=3,
    available=3,
    overdue=False,
    failure="",
)
SHORT = replace(COMPLETE, ready=2, available=2)
HEALTHY = Outcome(
    name="orders",
    generation=4,
    version="v2",
    children=4,
    error=None,
    recreating=None,
    rollout=COMPLETE,
    looked=False,
    trouble=None,
)
AUTOSCALER = Autoscaler(name="orders", fewest=2, most=10, ignored=False, exists=True, blind="")
BLIND = replace(AUTOSCALER, blind="FailedGetResourceMetric")
REFUSED = replace(AUTOSCALER, exists=False)
SWITCHED_OFF = replace(AUTOSCALER, blind="ScalingDisabled")
SERVED = Answer(Endpoint("public", "https://api.shop.example"))
ROUTE_TROUBLES = [
    Trouble(reason, f"{reason}.")
    for reason in (
        Reason.GATEWAY_UNKNOWN,
        Reason.HOST_FORBIDDEN,
        Reason.HOST_TAKEN,
        Reason.ROUTE_CONFLICT,
        Reason.HOST_FULL,
        Reason.SETTLING,
    )
]
CRASH = Trouble("CrashLoop", "Container app of pod orders-1 ended with code 1.")


def status(previous: dict[str, Any] | None = None, now: str = NOW, **changes: Any) -> Any:
    """The status of a healthy app, but for these changes in the outcome."""
    return report(replace(HEALTHY, **changes), previous or {}, now)


def condition(status: dict[str, Any], kind: str) -> dict[str, Any]:
    """The condition of this type; empty when there is none."""
    found = [each for each in status["conditions"] if each["type"] == kind]
    assert len(found) <= 1
    return found[0] if found else {}


def answers(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Status and reason of every condition."""
    return {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}


WINDOW = Window(
    opens=datetime(2026, 7, 1, 6, 55, tzinfo=UTC),
    start=datetime(2026, 7, 1, 7, tzinfo=UTC),
    end=datetime(2026, 7, 1, 8, 0, 0, 999999, tzinfo=UTC),
    name="sale",
)
MESSAGES = st.sampled_from(["short.", "long " * 400])
COUNTS = st.integers(0, 3)
ROLLOUTS = st.builds(
    Rollout,
    wanted=COUNTS,
    current=st.booleans(),
    pods=COUNTS,
    updated=COUNTS,
    ready=COUNTS,
    available=COUNTS,
    overdue=st.booleans(),
    failure=st.sampled_from(["", "", "exceeded quota: pods", "denied by a webhook"]),
)
CHANGES = st.builds(
    Change,
    st.sampled_from(["Create", "Update", "Delete"]),
    st.just("Deployment"),
    st.just("orders"),
    st.integers(0, 30).map(lambda many: tuple(f"spec.field{n}" for n in range(many))),
)
PLANS = st.builds(
    Prospect,
    st.just("1f6b"),
    st.lists(CHANGES, max_size=60).map(tuple),
    st.just(()) | st.just(("Service/orders exists already.",)),
)
ANSWERS = st.builds(
    Answer, st.none() | st.just(SERVED.endpoint), st.none() | st.sampled_from(ROUTE_TROUBLES)
)
OUTCOMES = st.builds(
    Outcome,
    name=st.just("orders"),
    generation=st.integers(1, 3),
    version=st.none() | st.just("v2"),
    children=st.integers(1, 4),
    error=st.none()
    | st.builds(lambda kind, text: kind(text), st.sampled_from(USER_ERRORS), MESSAGES),
    recreating=st.none() | MESSAGES,
    rollout=st.none() | st.just(COMPLETE) | ROLLOUTS,
    looked=st.booleans(),
    trouble=st.none() | st.builds(Trouble, st.sampled_from(sorted(SEEN_IN_PODS)), MESSAGES),
    planned=st.none() | st.none() | PLANS,
    paused=st.sampled_from([False, False, True]),
    autoscaler=st.none() | st.sampled_from([AUTOSCALER, BLIND, REFUSED, SWITCHED_OFF]),
    others=st.dictionaries(st.sampled_from(["v3", "v4"]), st.none() | ROLLOUTS),
    traffic=st.none()
    | st.sampled_from([Traffic(), Traffic("v1 90, v2 10"), Traffic("v1 100", ("Soon.",))]),
    windows=st.none() | st.sampled_from([Bounds(1, 2), Bounds(3, 4, ("sale",), WINDOW)]),
    routing=st.none() | st.builds(Routing, st.lists(ANSWERS, max_size=40).map(tuple)),
)
