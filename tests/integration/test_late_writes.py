"""A leader is frozen in the middle of a write, and the write arrives when another one leads.

All points at which it can write are tried at once, for taking over takes the length of a Lease.
The gate keeps a request for each of them, the leader is frozen, newer specs are written, and
another one takes over. Then the server gets the old requests, and the old leader wakes.
"""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.integration.conftest import make_namespace
from tests.integration.gate import Gate
from tests.integration.patches import replace
from tests.integration.process import Process
from tests.integration.revisions import DEPLOYMENTS, MICROSERVICES, Record, judge
from tests.integration.test_leadership import KILLED_WITHIN, LEASES
from tests.integration.world import WRITES, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Cluster, Request
    from tests.integration.gate import Held
    from tests.integration.world import Manifest

SPACE = "late"
TWO = "operator-two"
ONE = f"system:serviceaccount:{SPACE}:operator-one"
MENDED_WITHIN = 2
CREATED, REFUSED, CONFLICT = 201, 300, 409
KINDS = ("deployments", "horizontalpodautoscalers", "serviceaccounts", "services")
# What the server gives to an object that is made again.
GIVEN = ("clusterIP", "clusterIPs")

FIRST, SECOND, THIRD = ({"image": f"registry.example/app:{number}"} for number in (1, 2, 3))
CPU = {"resources": {"requests": {"cpu": "100m"}}}
GONE: Manifest = {}


@dataclass(frozen=True)
class Point:
    """A write, the specs before it, of it and after it, and what may become of it when it is late.

    An answer that is none of `refused` did something: it has to be mended at once.
    """

    request: tuple[str, str]
    specs: tuple[Manifest | None, Manifest, Manifest]
    refused: tuple[int, ...] = ()
    containing: bytes = b""


POINTS = {
    "create": Point(("PATCH", "/deployments/create"), (None, FIRST, SECOND), (CONFLICT,)),
    "unwanted": Point(("PATCH", "/services/unwanted"), (None, FIRST, {"ports": []})),
    "orphan": Point(("PATCH", "/services/orphan"), (None, FIRST, GONE)),
    "change": Point(("PATCH", "/deployments/change"), (FIRST, SECOND, THIRD)),
    "repair": Point(
        ("PATCH", "/services/repair"), (FIRST, FIRST, SECOND), (CONFLICT,), b"resourceVersion"
    ),
    "handover": Point(
        ("PATCH", "/deployments/handover"),
        ({"replicas": 3, **CPU}, {"scaling": {"min": 2, "max": 5}, **CPU}, {"replicas": 4, **CPU}),
        (CONFLICT,),
    ),
    "delete": Point(("DELETE", "/services/delete"), (FIRST, {"ports": []}, FIRST)),
    "status": Point(("PATCH", "/microservices/status/status"), (FIRST, SECOND, THIRD), (CONFLICT,)),
    "event": Point(("POST", "/events"), (None, FIRST, SECOND), (CREATED,), b'"event.'),
}


@dataclass
class Aftermath:
    """What became of the late writes."""

    world: World
    old: Process
    new: Process
    codes: dict[str, int]
    woken: int
    revisions: tuple[list[Manifest], list[Manifest]]

    def requests(self, user: str, since: int = 0) -> list[Request]:
        """What somebody has asked of the namespace."""
        return self.world.cluster.audit.requests(user=user, since=since, namespace=SPACE)

    def mended_after(self, name: str) -> float:
        """Seconds from the late write of an object to the other leader's that undid it."""
        late = self._writes(ONE, name)[-1].received
        mended = next(it.received for it in self._writes(TWO, name) if it.received > late)
        return (mended - late).total_seconds()

    def _writes(self, user: str, name: str) -> list[Request]:
        """What somebody has done to the object of this point."""
        resource = POINTS[name].request[1].split("/")[1]
        return [
            each
            for each in self.requests(user)
            if (each.resource, each.name) == (resource, name)
            and each.verb in WRITES
            and each.code < REFUSED
        ]


@pytest.fixture(scope="module")
def aftermath(spare: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """Let it all happen."""
    folder = tmp_path_factory.mktemp("late")
    make_namespace(spare, SPACE)
    options = ("-n", SPACE, f"--lease={SPACE}/operator", "--log-format=json", "--log-level=debug")
    records = [Record(spare, path) for path in (MICROSERVICES, DEPLOYMENTS)]
    with ExitStack() as stack:
        for record in records:
            record.start()
            stack.callback(record.end)
        gate = stack.enter_context(Gate(spare))
        credentials = gate.kubeconfig(folder / "kubeconfig", _account(spare))
        one = stack.enter_context(Process(credentials, folder / "one.log", options))
        wait_until(lambda: one.leads, "the first to lead")
        credentials = spare.kubeconfig_for(TWO, ["system:masters"])
        two = stack.enter_context(Process(credentials, folder / "two.log", options))
        world = World(spare, SPACE, two, TWO)
        held = _freeze(world, gate, one)
        _go_on(world, two)
        codes = _release(world, held)
        woken = world.mark()
        one.signal(signal.SIGCONT)
        wait_until(lambda: not one.leads, "the old leader to notice")
        world.settle()
        revisions = [_of_the_space(record.end()) for record in records]
        yield Aftermath(world, one, two, codes, woken, (revisions[0], revisions[1]))
        for process in (one, two):
            assert "Traceback" not in process.log.read_text(), process.log.read_text()
    spare.api.request("DELETE", f"/api/v1/namespaces/{SPACE}")


def _account(cluster: Cluster) -> str:
    """The token of an account that may do everything in the namespace."""
    name = ONE.rpartition(":")[2]
    kubectl = partial(cluster.kubectl, "-n", SPACE, "create")
    kubectl("serviceaccount", name)
    account = f"--serviceaccount={SPACE}:{name}"
    kubectl("rolebinding", name, "--clusterrole=cluster-admin", account)
    return kubectl("token", name).stdout.strip()


def _freeze(world: World, gate: Gate, leader: Process) -> dict[str, Held]:
    """Bring the leader to the middle of each of its writes, and stop it there."""
    for name, point in POINTS.items():
        if point.specs[0] is not None:
            world.apply(name, **point.specs[0])
    for name, point in POINTS.items():
        if point.specs[0] is not None:
            world.await_condition("Ready", "True", name=name)
    held = {
        name: gate.hold(*point.request, containing=point.containing)
        for name, point in POINTS.items()
    }
    world.patch("services", replace("/spec/ports/0/port", 81), name="repair")
    for name, point in POINTS.items():
        world.apply(name, **point.specs[1])
    for each in held.values():
        each.await_it()
    held["renewal"] = gate.hold("PATCH", "/leases/operator")
    held["renewal"].await_it()
    leader.signal(signal.SIGSTOP)
    return held


def _go_on(world: World, follower: Process) -> None:
    """Newer specs are written, and the other one takes over."""
    for name, point in POINTS.items():
        if point.specs[2] is GONE:
            world.delete("microservices", name)
        else:
            world.apply(name, **point.specs[2])
    wait_until(lambda: follower.leads, "the other one to lead", KILLED_WITHIN)
    for name, point in POINTS.items():
        if point.specs[2] is GONE:
            world.await_end("deployments", name)
        else:
            world.await_condition("Ready", "True", name=name)
    world.settle()


def _release(world: World, held: dict[str, Held]) -> dict[str, int]:
    """Let the server have the old requests, each until nothing shows of it; what it answers."""
    codes = {}
    wanted = {name: _content(world, name) for name in held}
    for name, each in held.items():
        codes[name] = each.let_go()
        wait_until(lambda: _content(world, name) == wanted[name], f"{name} to be mended")  # noqa: B023  it is asked at once
    return codes


def _content(world: World, name: str) -> dict[str, Manifest]:
    """What the children of this name are told to be."""
    children = {kind: child for kind in KINDS if (child := world.get(kind, name))}
    return {
        kind: {key: value for key, value in child.get("spec", {}).items() if key not in GIVEN}
        for kind, child in children.items()
    }


def _of_the_space(revisions: list[Manifest]) -> list[Manifest]:
    return [each for each in revisions if each["metadata"]["namespace"] == SPACE]


@pytest.mark.parametrize("name", POINTS)
def test_a_late_write_is_refused_or_mended_at_once(aftermath: Aftermath, name: str) -> None:
    """Those that name a version change nothing; what another one did is undone."""
    code, point = aftermath.codes[name], POINTS[name]

    assert not point.refused or code in point.refused
    # What was refused did nothing, and an orphan is for the garbage collector, in its own time.
    if not point.refused and point.specs[2] is not GONE:
        assert aftermath.mended_after(name) < MENDED_WITHIN
    if point.specs[2] is not GONE:
        found = aftermath.world.await_condition("Ready", "True", name=name)
        assert found["status"]["observedGeneration"] == found["metadata"]["generation"]


def test_a_late_renewal_is_refused(aftermath: Aftermath) -> None:
    """It names the version of the Lease that it has read."""
    assert aftermath.codes["renewal"] == CONFLICT
    held = aftermath.world.writer.request("GET", LEASES.format(SPACE))["spec"]
    assert held["leaseTransitions"] == 1
    assert aftermath.new.leads


def test_nothing_is_made_twice_or_removed_without_need(aftermath: Aftermath) -> None:
    """Only what a late delete has taken is made again: its answer is the newest that there is."""
    requests = [*aftermath.requests(ONE), *aftermath.requests(TWO)]
    children = [each for each in requests if each.resource in KINDS]

    made = Counter((each.resource, each.name) for each in children if each.code == CREATED)
    removed = {
        (each.resource, each.name) for each in children if (each.verb, each.code) == ("delete", 200)
    }

    assert {each for each, times in made.items() if times > 1} == {("services", "delete")}
    assert removed == {
        ("horizontalpodautoscalers", "handover"),
        ("services", "delete"),
        ("services", "unwanted"),
    }


def test_no_status_goes_back(aftermath: Aftermath) -> None:
    """Whatever was late, each revision was true and none was about an earlier generation."""
    assert list(judge(*aftermath.revisions)) == []


def test_the_old_leader_writes_nothing_when_it_wakes(aftermath: Aftermath) -> None:
    """Neither what it was about to write, nor an Event; it may ask for the Lease, in vain."""
    writes = [each for each in aftermath.requests(ONE, aftermath.woken) if each.verb in WRITES]

    assert {(each.resource, each.code) for each in writes} <= {("leases", CONFLICT)}
