"""The demo that everybody can run, and the one in somebody's own cluster, from up to down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.cluster.paths import ROOT, RUN
from tests.demo.commandline import demo, insist_on_silence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cluster import Cluster

CRD = "microservices.microservices.dev"


@pytest.fixture(autouse=True)
def _taken_down() -> Iterator[None]:
    insist_on_silence()
    yield
    demo("down")


@pytest.mark.cluster
def test_the_plain_demo_tells_its_story_and_leaves_nothing() -> None:
    """It shows an object become ready and stay right, and says what else this machine could."""
    told = demo("up")
    again = demo("up")
    ended = demo("down")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "✓ Ready" in told.stdout
    assert "nginx-unprivileged:1.29-alpine again" in told.stdout
    for name in ("node", "kind", "current"):
        assert f"make demo CLUSTER={name}" in told.stdout
    assert "make demo-mesh" in told.stdout
    assert "runs already" in again.stdout
    assert (again.returncode, ended.stdout) == (0, "ended: light\n")
    assert not (RUN / "demo").exists()
    assert demo("down").stdout == "nothing was running\n"


def test_in_a_cluster_of_ones_own_only_what_the_demo_brought_goes(
    private_cluster: Callable[..., Cluster],
) -> None:
    """Here the definition was there before, and so stays."""
    theirs = private_cluster()

    told = demo("up", {"CLUSTER": "current", "KUBECONFIG": str(theirs.kubeconfig)})
    ended = demo("down")

    assert "✓ Ready" in told.stdout, told.stdout + told.stderr
    assert ended.stdout == "ended: current\n"
    assert theirs.get("crd", CRD)
    left = ("get", "msvc,deployments", "-A", "-o", "name")
    wait_until(lambda: not theirs.kubectl(*left).stdout, "the garbage collector to take the rest")


def test_an_example_of_somebody_else_is_left_alone(
    private_cluster: Callable[..., Cluster],
) -> None:
    """Else the end of the demo would be the end of their service."""
    theirs = private_cluster(nodes=1)
    theirs.apply((ROOT / "examples/hello/microservice.yaml").read_text(), "default")

    told = demo("up", {"CLUSTER": "current", "KUBECONFIG": str(theirs.kubeconfig)})

    assert told.returncode == 1
    assert "there is a Microservice/hello already" in told.stderr
    assert demo("down").stdout == "nothing was running\n"
    assert theirs.get("msvc", "hello", "default")
