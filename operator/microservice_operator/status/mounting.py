"""Why the containers of a pod are not even made: what its node says of its volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.status.diagnosis import sentence
from microservice_operator.status.reasons import Reason
from microservice_operator.status.rollout import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNTOLD = frozenset({"ContainerCreating", "PodInitializing"})
VOLUMES = frozenset({"FailedMount", "FailedAttachVolume"})
CONTAINERS = ("initContainerStatuses", "containerStatuses")


def held_up(pods: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """A pod that is to stay and has a node, and of whose containers none has been made."""
    return next((pod for pod in pods if _is_held_up(pod)), None)


def mounting(pod: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> Trouble | None:
    """The trouble that the newest Event of the pod tells of, if it is one with a volume.

    What an older Event tells of is over: something else has happened since.
    """
    newest = max(events, key=seen_at, default=None)
    if newest is None or newest["reason"] not in VOLUMES:
        return None
    words = newest.get("note") or newest["reason"]
    return Trouble(
        Reason.CONFIG_MISSING if "not found" in words else Reason.MOUNT_FAILING,
        f"Pod {pod['metadata']['name']} waits for a volume: {sentence(words)} "
        "Check what `mounts` names.",
    )


def seen_at(event: Mapping[str, Any]) -> str:
    """When an Event was last seen; the node still writes the old fields."""
    series: Mapping[str, Any] = event.get("series") or {}
    return (
        series.get("lastObservedTime")
        or event.get("deprecatedLastTimestamp")
        or event.get("eventTime")
        or ""
    )


def _is_held_up(pod: Mapping[str, Any]) -> bool:
    status = pod.get("status", {})
    reasons = {
        container.get("state", {}).get("waiting", {}).get("reason")
        for kind in CONTAINERS
        for container in status.get(kind, ())
    }
    return "deletionTimestamp" not in pod["metadata"] and bool(reasons) and reasons <= UNTOLD
