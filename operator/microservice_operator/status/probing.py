"""Why a container that runs is not ready: what its node says of the probe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from microservice_operator.status.diagnosis import sentence
from microservice_operator.status.mounting import seen_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from microservice_operator.status.rollout import Trouble

FAILED = "Unhealthy"
LONGEST_WORDS = 200  # a command may print whatever it likes


def unready(pods: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """A pod that is to stay, with a container that runs and is not ready."""
    return next((pod for pod in pods if _is_unready(pod)), None)


def probing(trouble: Trouble, events: Iterable[Mapping[str, Any]]) -> Trouble:
    """The same trouble, with what the newest of the pod's failed probes came to."""
    failed = [event for event in events if event["reason"] == FAILED and event.get("note")]
    newest = max(failed, key=seen_at, default=None)
    if newest is None:
        return trouble
    words = sentence(newest["note"].splitlines()[0][:LONGEST_WORDS])
    return replace(trouble, message=f"{trouble.message} {words}")


def _is_unready(pod: Mapping[str, Any]) -> bool:
    containers = pod.get("status", {}).get("containerStatuses", ())
    return "deletionTimestamp" not in pod["metadata"] and any(
        "running" in container.get("state", {}) and not container.get("ready", False)
        for container in containers
    )
