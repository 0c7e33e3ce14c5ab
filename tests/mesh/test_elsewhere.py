"""The suite's cluster of kind, where there is no kind: a stand-in hands all to a real node.

What kind itself does, and what upstream's images do, is seen where there is kind: in the workflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import Cluster, Node, StepFailed
from tests.cluster.istio.images import pilot, proxyv2
from tests.cluster.istio.installation import tagged
from tests.e2e import standins
from tests.mesh.asking import Outside
from tests.mesh.elsewhere import HUB, Current, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KIND = """\
#!/bin/sh
set -eu
echo "kind $*" >>{log}
case "$1 $2" in
"get clusters") if [ -e {mark} ]; then cat {mark}; fi ;;
"create cluster") echo "${{3#--name=}}" >{mark} ;;
"get kubeconfig") cat {node}/kubeconfig ;;
"load image-archive") {enter} {node} ctr -n k8s.io images import "$3" ;;
"delete cluster") rm {mark} ;;
*) exit 1 ;;
esac
"""
DOCKER = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """A node without Istio that has upstream's images, and `kind` on the PATH that leads to it."""
    monkeypatch.delenv("KIND_CLUSTER", raising=False)
    with Node() as node:
        node.load(pilot(), proxyv2())
        for image in map(tagged, ("pilot", "proxyv2")):
            node.tag(image, f"{HUB}/{image.rpartition('/')[2]}")
        standins.put(tmp_path, monkeypatch, node, {"kind": KIND, "docker": DOCKER})
        yield node


@pytest.mark.node
def test_on_kind_istio_is_installed_and_the_cluster_goes_again(
    behind: Node, tmp_path: Path
) -> None:
    """A request from outside passes the gateway that was brought; `kind` makes and deletes."""
    chosen = Kind()

    chosen.build()
    with chosen as bed:
        answer = Outside(bed)("nobody.example.com", scheme="https")
        refused, found = bed.rejects(), bed.analysis()

    assert (answer.status, answer.error) == (404, "")
    assert refused == 0
    assert isinstance(found, list)
    asked = (tmp_path / standins.LOG).read_text().splitlines()
    assert "kind create cluster --name=mesh --wait=120s" in asked
    assert asked[-1] == "kind delete cluster --name=mesh"
    assert not bed.kubeconfig.parent.exists()
    assert behind.get("namespace", "edge") is None


def test_a_cluster_without_istio_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told how to install it, and nothing is brought."""
    monkeypatch.setenv("APP_IMAGE", "testbed.example/app")

    chosen = Current()
    with Cluster(nodes=1) as theirs:
        monkeypatch.setenv("KUBECONFIG", str(theirs.kubeconfig))
        with pytest.raises(StepFailed, match="istioctl install -f"):
            chosen.build()

    assert not chosen.kubeconfig.parent.exists()
