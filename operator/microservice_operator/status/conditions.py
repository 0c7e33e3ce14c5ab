"""Conditions: one per question, and the ones that sum them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microservice_operator.model.meshed import Mesh
    from microservice_operator.status.outcome import Outcome

LONGEST_MESSAGE = 1024
# What passes by itself.
PASSING = frozenset({Reason.RECREATING, Reason.SETTLING})


@dataclass(frozen=True, slots=True)
class Condition:
    """An answer: its type names the question, its message is one sentence for a person."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str

    @property
    def holds(self) -> bool:
        """Whether the answer is yes."""
        return self.status == "True"


PAUSED = "No child is touched until `mode` is Apply again."


def applied(outcome: Outcome) -> Condition:
    """Is every child as desired? In modes other than Apply nobody says so."""
    if outcome.error is not None:
        return Condition("Applied", "False", outcome.error.reason, str(outcome.error))
    if outcome.planned is not None:
        return Condition("Applied", "Unknown", Reason.PLANNED, outcome.planned.sentence())
    if outcome.paused:
        return Condition("Applied", "Unknown", Reason.PAUSED, PAUSED)
    if outcome.recreating is not None:
        return Condition("Applied", "False", Reason.RECREATING, outcome.recreating)
    message = f"All {outcome.children} children are as the spec says."
    return Condition("Applied", "True", Reason.APPLIED, message)


BARE = (
    "Pods of it have no proxy, so that nobody keeps what the spec says of callers: let Istio "
    "inject this namespace, then start them anew with `kubectl rollout restart`."
)


def routed(outcome: Outcome) -> Condition:
    """Does every host and every version get its traffic?"""
    if trouble := _unkept(outcome.mesh) or _astray(outcome) or _in_vain(outcome.stranger):
        return Condition("Routed", "False", *trouble)
    return Condition("Routed", "True", *_carried(outcome))


def _unkept(mesh: Mesh | None) -> tuple[str, str] | None:
    """Why nobody keeps what the spec says, if that is so."""
    if mesh and mesh.lacking:
        return Reason.MESH_MISSING, mesh.lacking
    if mesh and mesh.proxied is False:
        return Reason.NOT_INJECTED, BARE
    return None


def _astray(outcome: Outcome) -> tuple[str, str] | None:
    """Why some requests do not arrive, and what is to be said of it."""
    routing, traffic = outcome.routing, outcome.traffic
    if routing and (trouble := routing.trouble):
        return trouble.reason, trouble.message
    if traffic and traffic.failing:
        return Reason.NO_PODS, " ".join(traffic.failing)
    if traffic and traffic.awaited:
        return Reason.SETTLING, " ".join(traffic.awaited)
    return None


def _in_vain(stranger: str) -> tuple[str, str] | None:
    """Who never comes."""
    if not stranger:
        return None
    why = f"`allowFrom` lets in gateway {stranger}, which the platform does not have: so that is "
    return Reason.GATEWAY_UNKNOWN, f"{why}nobody; name one that it has, or remove the entry."


def _carried(outcome: Outcome) -> tuple[str, str]:
    """How all requests arrive."""
    mesh, routing, traffic = outcome.mesh, outcome.routing, outcome.traffic
    if routing and routing.answers:
        return Reason.SERVED, routing.sentence
    if traffic and traffic.shares:
        return Reason.MESHED, f"The requests are shared: {traffic.shares}."
    if mesh and mesh.speaks:
        return Reason.MESHED, "The mesh knows how this service is to be called."
    return Reason.NOT_NEEDED, "The spec asks for no routing."


def summary(details: Sequence[Condition], *, late: bool) -> list[Condition]:
    """Ready, which sums the details up, the details, and the two that stand only while true."""
    failing = next((condition for condition in details if not condition.holds), None)
    if failing is None:
        message = next(c.message for c in details if c.type == "Available")
        return [Condition("Ready", "True", Reason.READY, message), *details]
    ready = Condition("Ready", failing.status, failing.reason, failing.message)
    if failing.status == "Unknown":  # nothing is done, and nothing has to be
        return [ready, *details]
    return [ready, *details, _what_next(failing, late=late)]


def _what_next(failing: Condition, *, late: bool) -> Condition:
    """Work goes on by itself, or somebody must do something."""
    if failing.type == "Available" and late:
        return Condition("Stalled", "True", Reason.DEADLINE_EXCEEDED, failing.message)
    if failing.reason == Reason.ROLLOUT_PAUSED:
        return Condition("Stalled", "True", failing.reason, failing.message)
    if failing.type != "Available" and failing.reason not in PASSING:
        return Condition("Stalled", "True", failing.reason, failing.message)
    return Condition("Reconciling", "True", failing.reason, failing.message)


def dated(
    condition: Condition, generation: int, before: Mapping[str, Any] | None, now: str
) -> dict[str, Any]:
    """The condition as it is written; its time moves only with its status."""
    unchanged = before is not None and before["status"] == condition.status
    return {
        "type": condition.type,
        "status": condition.status,
        "observedGeneration": generation,
        "reason": str(condition.reason),
        "message": _bounded(condition.message),
        "lastTransitionTime": before["lastTransitionTime"] if before and unchanged else now,
    }


def _bounded(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
