"""The definitions of Istio's kinds, for a cluster that has them and no mesh behind."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from microservice_operator.resources import CHILDREN
from tests.cluster.build import GO_ENVIRONMENT
from tests.cluster.golang import find_go
from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from tests.cluster.light import Cluster

HERE = Path(__file__).parent
INJECTION = HERE / "injection.yaml"
FILE = "kubernetes/customresourcedefinitions.gen.yaml"
TIMEOUT = 300
OURS = [kind for kind in CHILDREN if kind.of]


def install(cluster: Cluster) -> None:
    """Give a cluster Istio's kinds and injection: to the operator it has a mesh."""
    cluster.kubectl("apply", "--server-side", "-f", "-", input=definitions(), timeout=120)
    cluster.apply(INJECTION.read_text())
    for kind in OURS:
        wait_until(partial(_served, cluster, kind.collection()), f"{kind.plural} to be served")


def remove(cluster: Cluster) -> None:
    """Take them away, with everything of these kinds."""
    cluster.kubectl("delete", "-f", "-", input=definitions(), timeout=180)


def _served(cluster: Cluster, path: str) -> bool:
    return bool(cluster.api.request("GET", path)[0] == 200)


@cache
def definitions() -> str:
    """The CustomResourceDefinitions of the pinned version, as Istio ships them."""
    done = subprocess.run(
        [str(find_go()), "mod", "download", "-json", "istio.io/api"],
        cwd=HERE,
        env={**os.environ, **GO_ENVIRONMENT},
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT,
    )
    return (Path(json.loads(done.stdout)["Dir"]) / FILE).read_text()
