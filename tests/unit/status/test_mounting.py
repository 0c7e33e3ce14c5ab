"""Pods whose containers are not made, from what their nodes say of their volumes."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.status.mounting import held_up, mounting

Object = dict[str, Any]
EARLY, LATE = "2026-11-05T10:00:00Z", "2026-11-05T10:00:09Z"
MISSING = 'MountVolume.SetUp failed for volume "tls" : secret "orders-tls" not found'


def waiting(reason: str) -> Object:
    """The state of a container that waits."""
    return {"name": "any", "state": {"waiting": {"reason": reason}}}


def pod(*containers: Object, init: tuple[Object, ...] = (), **metadata: Any) -> Object:
    """A pod with these containers."""
    status = {"containerStatuses": list(containers), "initContainerStatuses": list(init)}
    return {"metadata": {"name": "orders-1", **metadata}, "status": status}


HELD_UP = pod(waiting("ContainerCreating"))
AT_WORK: Object = {"name": "migrate", "state": {"running": {}}}


def event(reason: str, note: str = "", at: str = EARLY) -> Object:
    """What a node says."""
    return {"reason": reason, "note": note, "deprecatedLastTimestamp": at}


def test_a_pod_of_which_no_container_is_made_is_held_up() -> None:
    """Its own status will never say why."""
    with_steps = pod(waiting("PodInitializing"), init=(waiting("PodInitializing"),))

    assert held_up([pod(AT_WORK), HELD_UP]) is HELD_UP
    assert held_up([with_steps]) is with_steps


@pytest.mark.parametrize(
    "other",
    [
        pod(waiting("PodInitializing"), init=(AT_WORK,)),
        pod(waiting("ErrImagePull")),
        pod(waiting("ContainerCreating"), deletionTimestamp=EARLY),
        pod(),
        {"metadata": {"name": "new"}},
    ],
    ids=["at work", "told", "leaving", "without a node", "new"],
)
def test_any_other_pod_is_not_held_up(other: Object) -> None:
    """Its Events would be asked for in vain."""
    assert held_up([other]) is None


@pytest.mark.parametrize(
    ("reason", "note", "found"),
    [
        ("FailedMount", MISSING, "ConfigMissing"),
        ("FailedMount", "mount failed: exit status 32", "MountFailing"),
        ("FailedAttachVolume", 'Multi-Attach error for volume "data"', "MountFailing"),
        ("FailedMount", "", "MountFailing"),
    ],
)
def test_a_volume_that_cannot_be_mounted_is_told(reason: str, note: str, found: str) -> None:
    """In the words of the node, with the field to look at."""
    trouble = mounting(HELD_UP, [event("Scheduled"), event(reason, note, LATE)])

    assert trouble is not None
    assert trouble.reason == found
    words = note or reason
    assert trouble.message == (
        f"Pod orders-1 waits for a volume: {words}. Check what `mounts` names."
    )


def test_trouble_that_is_over_is_not_told() -> None:
    """Since then the node has gone on to the image."""
    assert mounting(HELD_UP, [event("FailedMount", MISSING), event("Pulling", at=LATE)]) is None
    assert mounting(HELD_UP, []) is None


@pytest.mark.parametrize(
    "newest",
    [
        {"series": {"lastObservedTime": LATE}, "eventTime": "2026-11-05T09:00:00Z"},
        {"eventTime": LATE, "series": None},
    ],
    ids=["series", "single"],
)
def test_events_of_either_kind_have_their_time(newest: Object) -> None:
    """Nodes of today write the old fields; those of tomorrow may not."""
    old = event("Pulling")
    undated = {"reason": "Pulled"}

    assert mounting(HELD_UP, [{"reason": "FailedMount", **newest}, old, undated]) is not None
