"""A node is a guest: neither its neighbours nor its machine may ever notice it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.cluster import Node, wait_until
from tests.cluster.paths import ROOT
from tests.e2e.images import V2
from tests.e2e.place import Place
from tests.e2e.traces import machine, traces

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.traces import Traces

pytestmark = pytest.mark.node

STARTED = """
import sys
from tests.cluster import Node
node = Node(sys.argv[1])
node.start()
print("ready", flush=True)
sys.stdin.read()
"""


def test_two_nodes_side_by_side_know_nothing_of_each_other(node: Node, place: Place) -> None:
    """They have the same addresses and names, and still every pod answers to its own node."""
    place.run()
    with Node() as other:
        elsewhere = Place(other, "default")
        elsewhere.run(image=V2)

        elsewhere.serves(version="v2")
        place.serves(version="v1")
        assert other.get("namespace", place.namespace) is None
        mark = traces(other)

    assert not mark.left()
    assert place.ask()[1]["version"] == "v1"
    assert node.processes.running().keys() >= {"node", "containerd", "kubelet", "kube-proxy"}


def _stop(node: Node, _: Traces) -> None:
    node.stop()


def _kill_init(_: Node, found: Traces) -> None:
    os.kill(found.init, signal.SIGKILL)


@pytest.mark.parametrize("end", [_stop, _kill_init], ids=["stopped", "killed"])
def test_an_ended_node_leaves_nothing(end: Callable[[Node, Traces], None]) -> None:
    """Neither a process nor a mount, namespace, interface, control group or file."""
    before = machine()
    node = Node()
    try:
        node.start(detached=True)  # nobody watches over it
        Place(node, "default").run()
        found = traces(node)
        assert found.left(), "a node that runs is seen, or this test would prove nothing"
        during = machine()

        end(node, found)

        _await_nothing(found)
    finally:
        node.stop()
    assert before == during == machine()


def test_a_node_ends_with_a_caller_that_was_killed() -> None:
    """A test run that is killed cannot clean up after itself."""
    name = f"orphan-{os.getpid()}"
    caller = subprocess.Popen(
        [sys.executable, "-c", STARTED, name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert caller.stdout is not None
    assert caller.stdin is not None
    with caller.stdin, caller.stdout:
        assert caller.stdout.readline() == "ready\n"
        found = traces(Node(name))

        caller.kill()
        caller.wait()

    _await_nothing(found)


def _await_nothing(found: Traces) -> None:
    """Wait until nothing is left, or say what is."""
    with suppress(TimeoutError):
        wait_until(lambda: not found.left(), "the node to be gone", 90)
    assert not found.left()
