"""The demo on kind, where there is no kind: stand-ins hand what they are asked to a real node.

What kind and Docker themselves do is seen where there are both: in the workflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.cluster import Node
from tests.cluster.images.operator import NAME, operator
from tests.cluster.paths import RUN
from tests.demo.commandline import demo, insist_on_silence
from tests.demo.places.place import EXAMPLE
from tests.e2e import standins
from tests.e2e.images import V1

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.node

DOCKER = """\
#!/bin/sh
set -eu
echo "docker $*" >>{log}
if [ "$1" = exec ]; then shift 2; exec {enter} {node} "$@"; fi
"""

KIND = """\
#!/bin/sh
set -eu
echo "kind $*" >>{log}
case "$1 $2" in
"get clusters") if [ -e {mark} ]; then cat {mark}; fi ;;
"create cluster") cp {node}/kubeconfig "$6"; echo "$4" >{mark} ;;
"export kubeconfig") cp {node}/kubeconfig "$6" ;;
"load docker-image")
    {enter} {node} ctr -n k8s.io images import {archive}
    {enter} {node} ctr -n k8s.io images tag --force {image} "docker.io/library/$3" ;;
"delete cluster") rm {mark} ;;
*) exit 1 ;;
esac
"""


@pytest.fixture
def operator_image() -> Path:
    """The archive of the operator's image, made before any test's timeout runs."""
    return operator()


@pytest.fixture
def log(tmp_path: Path, operator_image: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What `docker` and `kind` were asked, both found on the PATH, and a node behind them."""
    insist_on_silence()
    with Node() as behind:
        image = yaml.safe_load((EXAMPLE / "microservice.yaml").read_text())["spec"]["image"]
        behind.tag(V1, f"docker.io/{image}")
        scripts = {"docker": DOCKER, "kind": KIND}
        words = {"archive": str(operator_image), "image": NAME}
        yield standins.put(tmp_path, monkeypatch, behind, scripts, **words)
        demo("down")


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("helm")
def test_the_demo_builds_loads_installs_and_deletes(log: Path) -> None:
    """The shipped Dockerfile, a cluster of its own name, the chart; and all of it goes again."""
    told = demo("up", {"CLUSTER": "kind"}, timeout=280)
    ended = demo("down")

    assert told.returncode == 0, told.stdout + told.stderr
    for words in ("leads, the other stands by", "✓ Ready", "has taken its place"):
        assert words in told.stdout
    asked = log.read_text()
    assert "docker build --file operator/Dockerfile --tag microservice-operator:demo ." in asked
    assert "kind load docker-image microservice-operator:demo --name microservice-demo" in asked
    assert "docker image rm microservice-operator:demo" in asked
    assert (ended.stdout, (RUN / "demo-kind").exists()) == ("ended: kind\n", False)
    assert demo("down").stdout == "nothing was running\n"
