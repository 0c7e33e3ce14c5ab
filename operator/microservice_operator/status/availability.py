"""Does the workload have its pods? The answer names the worst trouble that a pod is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.status.conditions import Condition
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.status.outcome import Outcome
    from microservice_operator.status.rollout import Rollout

# Reasons that only a look at the pods can give. They stay until the next look, also across a
# restart of the operator, as long as the spec is the same and pods are missing.
SEEN_IN_PODS = frozenset(
    {
        Reason.IMAGE_PULL,
        Reason.CRASH_LOOP,
        Reason.PROBE_FAILING,
        Reason.UNSCHEDULABLE,
        Reason.CONFIG_MISSING,
    }
)


def available(outcome: Outcome, before: Mapping[str, Any]) -> Condition:
    """Are all pods of this generation ready?"""
    rollout = outcome.rollout
    if rollout is None:
        return Condition(
            "Available",
            "False",
            Reason.PROGRESSING,
            f"Deployment/{outcome.name} has not been made yet.",
        )
    if rollout.complete:
        return _complete(rollout)
    reason, message = _why_not(outcome, rollout, before)
    return Condition("Available", "False", reason, message)


def _complete(rollout: Rollout) -> Condition:
    if rollout.wanted == 0:
        return Condition("Available", "True", Reason.SCALED_TO_ZERO, "No pods are wanted.")
    return Condition("Available", "True", Reason.AVAILABLE, f"{_count(rollout)} ready.")


def _why_not(outcome: Outcome, rollout: Rollout, before: Mapping[str, Any]) -> tuple[str, str]:
    if rollout.current and rollout.failure:
        quota = "exceeded quota" in rollout.failure
        reason = Reason.QUOTA_EXCEEDED if quota else Reason.REJECTED
        return reason, f"Pods cannot be created: {rollout.failure}"
    if outcome.trouble:
        return outcome.trouble.reason, outcome.trouble.message
    if not outcome.looked and _still_true(outcome, before):
        return before["reason"], before["message"]
    if rollout.late:
        overdue = f"Deployment/{outcome.name} made no progress within its deadline; "
        return Reason.DEADLINE_EXCEEDED, f"{overdue}{_count(rollout)} ready."
    return Reason.PROGRESSING, _progress(outcome.name, rollout)


def _still_true(outcome: Outcome, before: Mapping[str, Any]) -> bool:
    return (
        before.get("reason") in SEEN_IN_PODS
        and before.get("observedGeneration") == outcome.generation
    )


def _progress(name: str, rollout: Rollout) -> str:
    if not rollout.current or rollout.updated < rollout.wanted or rollout.ready < rollout.wanted:
        return f"{_count(rollout)} ready; waiting for Deployment/{name}."
    return f"{_count(rollout)} ready; waiting until Deployment/{name} has no old pod left."


def _count(rollout: Rollout) -> str:
    verb = "is" if rollout.wanted == 1 else "are"
    return f"{rollout.ready} of {rollout.wanted} {'pod' if rollout.wanted == 1 else 'pods'} {verb}"
