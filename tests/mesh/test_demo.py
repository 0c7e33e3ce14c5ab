"""The demo in a mesh, as `make demo-mesh` runs it, on a node of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.cluster.images.operator import operator
from tests.cluster.istio import Mesh
from tests.demo.commandline import demo, insist_on_silence
from tests.e2e.traces import machine, traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.node
BAR = re.compile(r"^ +v2 +█*░* +\d+ +(\d+)%$", re.MULTILINE)


@pytest.fixture
def operator_image() -> Path:
    """The archive of the operator's image, made before any test's timeout runs."""
    return operator()


@pytest.fixture
def node(operator_image: Path) -> Iterator[Mesh]:
    """The demo's own node, which is not running yet and will not run any more."""
    assert operator_image.exists()
    insist_on_silence()
    before = machine()
    yield Mesh("demo-mesh")
    demo("down")
    assert machine() == before


@pytest.mark.usefixtures("helm")
def test_the_demo_shows_a_shop_in_a_mesh_and_leaves_nothing(node: Mesh) -> None:
    """Answers through both gateways, refused calls, moved shares, a breaker; then silence."""
    told = demo("mesh", timeout=250)
    assert told.returncode == 0, told.stdout + told.stderr
    left_running = traces(node)
    ended = demo("down")

    before, after = map(int, BAR.findall(told.stdout))
    assert abs(before - 10) < 5 * 1.8
    assert abs(after - 50) < 5 * 2.9
    assert '"version":"v2"' in told.stdout
    assert "HTTP/1.1 404" in told.stdout
    for words in ("both know the shop", "front → payments", "✓ open", "✓ closed", "3/3"):
        assert words in told.stdout
    assert (ended.returncode, ended.stdout) == (0, "ended: mesh\n")
    wait_until(lambda: not left_running.left(), "the kernel to end the last process of the node")
