"""The status of a Microservice: made from the outcome of a pass, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import selector
from microservice_operator.status.autoscaling import autoscaled
from microservice_operator.status.availability import available
from microservice_operator.status.conditions import Condition, applied, dated, routed, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.model.schedules import Bounds
    from microservice_operator.status.outcome import Outcome

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
TYPES = frozenset(
    {"Ready", "Applied", "Available", "Routed", "Autoscaled", "Reconciling", "Stalled"}
)


def report(outcome: Outcome, previous: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The whole status; only a condition that changed its status gets the time `now`."""
    before: dict[str, Mapping[str, Any]] = {
        condition["type"]: condition for condition in previous.get("conditions", ())
    }
    conditions = _conditions(outcome, before.get("Available", {}))
    rollout = outcome.rollout
    status: dict[str, Any] = {
        "observedGeneration": outcome.generation,
        "conditions": [
            dated(condition, outcome.generation, before.get(condition.type), now)
            for condition in conditions
        ],
        "selector": ",".join(f"{key}={value}" for key, value in selector(outcome.name).items()),
    }
    if rollout:
        status |= {
            "replicas": rollout.wanted,
            "readyReplicas": rollout.ready,
            "pods": f"{rollout.ready}/{rollout.wanted}",
        }
    if outcome.planned and outcome.error is None:
        status["plan"] = outcome.planned.written(outcome.generation)
    version = outcome.version or previous.get("version")
    said = {
        "version": version,
        "schedule": _schedule(outcome.windows),
        "traffic": outcome.traffic.shares if outcome.traffic else previous.get("traffic"),
        "endpoints": outcome.routing.endpoints() if outcome.routing else (),
    }
    return status | {name: value for name, value in said.items() if value}


def same(ours: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether writing `ours` would change nothing but times; others may add to it."""
    return _timeless(ours) == _timeless(live)


def _conditions(outcome: Outcome, before: Mapping[str, Any]) -> list[Condition]:
    details = [applied(outcome), available(outcome, before), routed(outcome)]
    beside = [autoscaled(outcome.autoscaler)] if outcome.autoscaler else []
    return [*summary(details, late=outcome.late), *beside]


def _schedule(windows: Bounds | None) -> dict[str, Any]:
    """The open windows and the next one; it changes only when a window opens or closes."""
    if windows is None:
        return {}
    said: dict[str, Any] = {"active": list(windows.active)} if windows.active else {}
    if window := windows.next:
        said["next"] = {
            "name": window.name,
            "start": window.start.strftime(MOMENT),
            "end": window.end.strftime(MOMENT),
        }
    return said


def _timeless(status: Mapping[str, Any]) -> dict[str, Any]:
    conditions = {
        condition["type"]: {k: v for k, v in condition.items() if k != "lastTransitionTime"}
        for condition in status.get("conditions", ())
        if condition["type"] in TYPES
    }
    return {**status, "conditions": conditions}
