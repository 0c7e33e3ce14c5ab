"""One operator acts, and another takes over whatever becomes of it; nothing is done twice."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.chart.helm import NAMESPACE
from tests.cluster import wait_until
from tests.e2e.processes import process_of, resident

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster import Node
    from tests.e2e.place import Place
    from tests.e2e.release import Release
    from tests.e2e.workloads import Manifest

GRACEFUL, TAKEOVER = 2, 15
MEBIBYTES_AT_MOST = 256


def test_a_leader_that_is_asked_to_go_hands_over_at_once(
    place: Place, operator: Release, figure: Callable[[str], None]
) -> None:
    """It gives the Lease up: nobody has to wait until it has run out."""
    leader = _watched(place, operator)
    version = operator.lease()["metadata"]["resourceVersion"]

    operator.bed.kubectl("delete", "pod", leader, "-n", NAMESPACE, "--wait=false")
    began = time.monotonic()
    wait_until(lambda: operator.holder() not in {leader, ""}, "the next one to lead")
    took = time.monotonic() - began

    figure(f"handed over {took:.1f} s after it was asked")
    assert _vacant(operator.tenures(version)) < GRACEFUL
    assert took < TAKEOVER
    _repairs(place)
    operator.settled()


def test_a_leader_that_was_removed_by_force_is_replaced(
    place: Place, operator: Release, figure: Callable[[str], None]
) -> None:
    """As when its node is lost: the API server forgets the pod before it has ended."""
    leader = _watched(place, operator)

    gone = ("delete", "pod", leader, "-n", NAMESPACE, "--grace-period=0", "--force")
    operator.bed.kubectl(*gone)
    began = time.monotonic()
    _damage(place)
    _repairs(place)
    took = time.monotonic() - began

    figure(f"drift repaired {took:.1f} s after the leader was removed by force")
    assert took < TAKEOVER
    operator.settled()


def test_a_killed_leader_leads_again_or_another_does(
    node: Node, place: Place, operator: Release, figure: Callable[[str], None]
) -> None:
    """Its container is started again, and may take up its own Lease."""
    leader = _watched(place, operator)

    operator.expects_restart(leader)
    node.run("kill", "-KILL", process_of(node, operator, leader))
    began = time.monotonic()
    _damage(place)
    _repairs(place)
    took = time.monotonic() - began

    figure(f"drift repaired {took:.1f} s after the leader was killed")
    assert took < TAKEOVER
    operator.settled()


def test_a_leader_that_was_frozen_does_no_harm_when_it_wakes(
    node: Node, place: Place, operator: Release, figure: Callable[[str], None]
) -> None:
    """It finds by its own clock that its time is over; meanwhile the other one has acted."""
    leader = _watched(place, operator)
    process = process_of(node, operator, leader)

    node.run("kill", "-STOP", process)
    try:
        began = time.monotonic()
        _damage(place)
        _repairs(place)
        took = time.monotonic() - began
        successor = operator.leader()
        place.microservice(about={"team": "nights"})  # the sleeper knows nothing of it
        place.ready()
        version = _version(place)
    finally:
        node.run("kill", "-CONT", process)

    wait_until(lambda: "leader no more" in _said(operator, leader), "it to notice", 20)
    place.microservice("next")
    place.ready("next")
    figure(f"drift repaired {took:.1f} s after the leader froze")
    assert took < TAKEOVER
    assert successor != leader
    assert operator.leader() == successor
    assert _version(place) == version, "somebody has written once more"
    operator.settled()


def test_an_operator_is_small(node: Node, operator: Release, figure: Callable[[str], None]) -> None:
    """Far below the limit that the chart sets."""
    operator.settled()
    sizes = [
        resident(node, process_of(node, operator, pod["metadata"]["name"]))
        for pod in operator.pods()
    ]

    figure(f"operators take {', '.join(f'{size:.0f} MiB' for size in sizes)} of memory")
    assert max(sizes) < MEBIBYTES_AT_MOST


def _watched(place: Place, operator: Release) -> str:
    """The leader, of two operators, as soon as there is something to keep."""
    operator.settled()
    place.microservice()
    place.ready()
    return operator.leader()


def _vacant(tenures: list[Manifest]) -> float:
    """Seconds for which the Lease, once given up, was nobody's, by the clocks of both holders.

    Until a leader is told to go, and until a test sees the next, takes what the machine takes.
    """
    [gap] = [
        datetime.fromisoformat(after["acquireTime"]) - datetime.fromisoformat(before["renewTime"])
        for before, after in pairwise(tenures)
        if not before.get("holderIdentity")
    ]
    return gap.total_seconds()


def _damage(place: Place) -> None:
    place.kubectl("patch", "service", "web", "--type=merge", '--patch={"spec":{"selector":null}}')


def _repairs(place: Place) -> None:
    selector = ("get", "service", "web", "-o", "jsonpath={.spec.selector}")
    wait_until(lambda: place.kubectl(*selector), "the repair", 40)


def _version(place: Place) -> str:
    return place.kubectl("get", "service", "web", "-o", "jsonpath={.metadata.resourceVersion}")


def _said(operator: Release, pod: str) -> set[str]:
    return {line["msg"] for line in operator.said(pod)}
