"""Several operators side by side: one acts, the others stand by and take over."""

from __future__ import annotations

import http
import itertools
import json
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.integration.patches import remove
from tests.integration.process import Process
from tests.integration.world import WRITES, World
from tests.integration.writer import AGENT, JSON_PATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster import Cluster, Request

KILLED_WITHIN, RELEASED_WITHIN = 15, 2
APPS = 20
LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/operator"

_numbers = itertools.count(1)


class Pair:
    """Two operators that share a Lease, and the namespace that they serve."""

    def __init__(self, world: World, one: Process, two: Process) -> None:
        self.world = world
        self.users = {id(one): "operator-one", id(two): "operator-two"}
        self.both = (one, two)

    def leader(self) -> tuple[Process, Process]:
        """Who leads, and who stands by."""
        wait_until(lambda: self._leading() != [], "a leader")
        first = self._leading()[0]
        return first, next(process for process in self.both if process is not first)

    def many(self) -> None:
        """Bring about as many apps as a small cluster has."""
        for number in range(APPS):
            self.world.apply(f"app-{number}", replicas=0)
        for number in range(APPS):
            self.world.await_condition("Ready", "True", name=f"app-{number}")

    def requests(self, process: Process, mark: int) -> list[Request]:
        """What it has asked of objects since; watches, its Lease and its Events not counted."""
        audit = self.world.cluster.audit
        return [
            request
            for request in audit.requests(user=self.users[id(process)], since=mark)
            if request.verb != "watch" and request.resource not in {"", "events", "leases"}
        ]

    def writes(self, process: Process, mark: int) -> list[Request]:
        """What it has written since, its Lease and its Events not counted."""
        return [each for each in self.requests(process, mark) if each.verb in WRITES]

    def claims(self, process: Process, mark: int) -> list[Request]:
        """Its writes of the Lease since: it takes it, keeps it or gives it up."""
        asked = {"user": self.users[id(process)], "resource": "leases", "verb": "patch"}
        found = self.world.cluster.audit.requests(since=mark, **asked)
        return [each for each in found if each.code == http.HTTPStatus.OK]

    def answered_after(self, process: Process, mark: int) -> float:
        """Seconds from the first Microservice that was written since to its first write."""
        asked = self.world.cluster.audit.requests(since=mark, user_agent=AGENT, verb="patch")
        [wish, *_] = [each for each in asked if each.namespace == self.world.namespace]
        return (self.writes(process, mark)[0].received - wish.received).total_seconds()

    def _leading(self) -> list[Process]:
        return [process for process in self.both if process.running and process.leads]


@pytest.fixture
def pair(spare: Cluster, spare_world: Callable[..., World], tmp_path: Path) -> Iterator[Pair]:
    """Two operators for one namespace."""
    namespace = f"elected-{next(_numbers)}"
    options = ("-n", namespace, f"--lease={namespace}/operator", "--log-format=json")
    one, two = (
        Process(
            spare.kubeconfig_for(f"operator-{name}", ["system:masters"]),
            tmp_path / f"{name}.log",
            options,
        )
        for name in ("one", "two")
    )
    world = spare_world(namespace, one, "operator-one")
    with ExitStack() as stack:
        stack.enter_context(one)
        stack.enter_context(two)
        yield Pair(world, one, two)
        for process in (one, two):
            if process.running:
                process.signal(signal.SIGCONT)
            assert "Traceback" not in process.log.read_text(), process.log.read_text()


def test_a_standby_is_silent_and_ready(pair: Pair) -> None:
    """It answers its probe, sees everything and asks for nothing: it only keeps its watches."""
    leader, standby = pair.leader()
    mark = pair.world.mark()

    pair.many()
    pair.world.ready(replicas=0, image="registry.example/app:2")

    assert standby.get("/readyz") == (200, "ok\n")
    assert len(pair.writes(leader, mark)) > APPS
    seen = pair.world.cluster.audit.requests(user=pair.users[id(standby)], since=mark)
    assert [request.uri for request in seen if request.verb != "watch" and request.resource] == []


def test_a_killed_leader_is_followed_within_its_lease(pair: Pair) -> None:
    """What is asked for while nobody leads is done by the next one, which knows all the rest."""
    leader, standby = pair.leader()
    pair.many()
    mark = pair.world.mark()
    leader.signal(signal.SIGKILL)

    pair.world.ready("next", replicas=0)

    assert pair.answered_after(standby, mark) < KILLED_WITHIN
    assert {request.name for request in pair.requests(standby, mark)} == {"next"}


def test_a_lease_is_known_by_its_name_alone(pair: Pair) -> None:
    """Whoever made it, and whatever labels it has or loses."""
    leader, _ = pair.leader()
    lease = LEASES.format(pair.world.namespace)

    pair.world.writer.request("PATCH", lease, remove("/metadata/labels"), content=JSON_PATCH)
    pair.world.ready(replicas=0)

    assert leader.leads


def test_a_leader_that_ends_well_is_followed_at_once(pair: Pair) -> None:
    """It lets the Lease go before it ends."""
    leader, standby = pair.leader()
    mark = pair.world.mark()
    assert leader.terminate()[0] == 0
    wait_until(lambda: standby.leads, "the standby to lead")

    pair.world.ready(replicas=0)

    released, acquired = pair.claims(leader, mark)[-1], pair.claims(standby, mark)[0]
    assert (acquired.received - released.received).total_seconds() < RELEASED_WITHIN
    assert pair.answered_after(standby, mark) < RELEASED_WITHIN
    held = pair.world.writer.request("GET", LEASES.format(pair.world.namespace))["spec"]
    assert held["leaseTransitions"] == 1


def test_a_frozen_leader_writes_nothing_when_it_wakes(pair: Pair) -> None:
    """It finds by its own clock that its time is over; when it is needed again, it is there."""
    leader, standby = pair.leader()
    pair.world.ready(replicas=0)
    leader.signal(signal.SIGSTOP)
    pair.world.apply(replicas=0, image="registry.example/app:2")
    wait_until(lambda: standby.leads, "the standby to lead", KILLED_WITHIN)
    pair.world.await_condition("Ready", "True")
    mark = pair.world.mark()

    leader.signal(signal.SIGCONT)
    wait_until(lambda: not leader.leads, "the old leader to notice")
    pair.world.ready(replicas=0, image="registry.example/app:3")

    assert pair.writes(leader, mark) == []
    standby.signal(signal.SIGKILL)
    pair.world.ready("again", replicas=0)
    ended = [json.loads(line)["msg"] for line in leader.log.read_text().splitlines()]
    assert ended.count("leader now") == 2
