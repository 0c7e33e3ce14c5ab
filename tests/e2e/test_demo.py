"""The demo on a real node, as `make demo CLUSTER=node` runs it, from up to down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chart.helm import NAMESPACE, RELEASE, Helm
from tests.cluster import Node
from tests.cluster.images.operator import operator
from tests.demo.commandline import demo, insist_on_silence
from tests.e2e.traces import machine, traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def operator_image() -> Path:
    """The archive of the operator's image, made before any test's timeout runs."""
    return operator()


@pytest.fixture
def node() -> Iterator[Node]:
    """The demo's own node, which is not running yet and will not run any more."""
    insist_on_silence()
    before = machine()
    yield Node("demo-node")
    demo("down")
    assert machine() == before


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("operator_image")
def test_the_demo_tells_its_story_on_a_real_node_and_leaves_nothing(node: Node, helm: Helm) -> None:
    """Installed by Helm, led by one of two; an answer, a repair, a replaced pod; then silence."""
    told = demo("up", {"CLUSTER": "node"}, timeout=280)
    assert told.returncode == 0, told.stdout + told.stderr
    left_running = traces(node)
    there = Helm(helm.binary, node.kubeconfig)
    releases = there("list", "-n", NAMESPACE).stdout
    tested = there("test", RELEASE, "-n", NAMESPACE, "--logs").stdout
    operators = node.kubectl("get", "deployment", RELEASE, "-n", NAMESPACE).stdout
    again = demo("up", {"CLUSTER": "node"}, timeout=280)
    ended = demo("down")

    assert "leads, the other stands by" in told.stdout
    assert '"version":"v1"' in told.stdout
    assert "nginx-unprivileged:1.29-alpine again" in told.stdout
    assert "has taken its place" in told.stdout
    assert "deployed" in releases
    assert "2/2" in operators
    assert "the operator works" in tested
    assert again.returncode == 0, again.stdout + again.stderr
    assert "runs already" in again.stdout
    assert (ended.returncode, ended.stdout) == (0, "ended: node\n")
    assert left_running.left() == []
