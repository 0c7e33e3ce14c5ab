"""Does the workload have its pods? The answer names the worst trouble that a pod is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.app import titled
from microservice_operator.status.conditions import Condition
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        Reason.MOUNT_FAILING,
    }
)


def available(outcome: Outcome, before: Mapping[str, Any]) -> Condition:
    """Are all pods of this generation ready, in every version?"""
    track, rollout = outcome.behind
    title = titled(outcome.name, track)
    if rollout is None:
        nothing = f"Deployment/{title} has not been made yet."
        return Condition("Available", "False", Reason.PROGRESSING, nothing)
    if rollout.complete:
        return _complete(rollout, [each for each in outcome.others.values() if each])
    reason, message = _why_not(outcome, title, rollout, before)
    return Condition("Available", "False", reason, message)


def _complete(rollout: Rollout, others: Sequence[Rollout]) -> Condition:
    """The pods of all versions together."""
    wanted = sum(each.wanted for each in (rollout, *others))
    if wanted == 0:
        return Condition("Available", "True", Reason.SCALED_TO_ZERO, "No pods are wanted.")
    versions = f" in {len(others) + 1} versions" if others else ""
    noun = "pod is" if wanted == 1 else "pods are"
    message = f"{wanted} of {wanted} {noun} ready{versions}."
    return Condition("Available", "True", Reason.AVAILABLE, message)


def _why_not(
    outcome: Outcome, title: str, rollout: Rollout, before: Mapping[str, Any]
) -> tuple[str, str]:
    if rollout.refused:
        return _refused(rollout.failure)
    if rollout.paused and not rollout.up_to_date:
        way_out = f"`kubectl rollout resume deployment/{title}` lets it go on"
        return Reason.ROLLOUT_PAUSED, f"Deployment/{title} is paused; {way_out}."
    if outcome.trouble:
        return outcome.trouble.reason, outcome.trouble.message
    if not outcome.looked and _still_true(outcome, before):
        return before["reason"], before["message"]
    if rollout.late:
        overdue = f"Deployment/{title} made no progress within its deadline; "
        return Reason.DEADLINE_EXCEEDED, f"{overdue}{_count(rollout)} ready."
    return Reason.PROGRESSING, _progress(title, rollout)


# What the server says when it refuses a pod, and the field to look at.
ADVICE = {
    "exceeded quota": "Ask for more quota, or lower `resources` or `replicas`.",
    "serviceaccount": "Check `serviceAccountName`.",
    "PriorityClass": "Check `placement.priorityClassName`.",
    "violates PodSecurity": "Check the labels of the namespace.",
    "usage per": "Check `resources` against the namespace's LimitRange.",
}


def _refused(words: str) -> tuple[str, str]:
    """The server's own words, with the field that they are about."""
    reason = Reason.QUOTA_EXCEEDED if "exceeded quota" in words else Reason.REJECTED
    advice = next((advice for cause, advice in ADVICE.items() if cause in words), "")
    return reason, f"Pods cannot be created: {words.rstrip('.')}. {advice}".rstrip()


def _still_true(outcome: Outcome, before: Mapping[str, Any]) -> bool:
    return (
        before.get("reason") in SEEN_IN_PODS
        and before.get("observedGeneration") == outcome.generation
    )


def _progress(name: str, rollout: Rollout) -> str:
    if not rollout.up_to_date or rollout.ready < rollout.wanted:
        return f"{_count(rollout)} ready; waiting for Deployment/{name}."
    return f"{_count(rollout)} ready; waiting until Deployment/{name} has no old pod left."


def _count(rollout: Rollout) -> str:
    noun = "pod is" if rollout.wanted == 1 else "pods are"
    return f"{min(rollout.ready, rollout.wanted)} of {rollout.wanted} {noun}"
