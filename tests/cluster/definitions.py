"""Definitions of our own kind, and of those of products that a cluster has not got."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from microservice_operator.model.kinds import ISTIO, MICROSERVICE, PROMETHEUS_OPERATOR
from microservice_operator.resources import CHILDREN
from tests.cluster.build import ADVICE, GO_ENVIRONMENT
from tests.cluster.failure import StepFailed
from tests.cluster.golang import find_go
from tests.cluster.paths import HERE, ROOT
from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from microservice_operator.model import Kind
    from tests.cluster.light import Cluster

TIMEOUT = 300
OURS = ROOT / "crds" / "microservices.yaml"


@dataclass(frozen=True)
class Product:
    """Who brings kinds to a cluster, and the files of a pinned Go module that define them."""

    name: str
    folder: str
    module: str
    files: tuple[str, ...]
    beside: str = ""
    """A file in the folder with what else it brings."""

    def install(self, cluster: Cluster) -> None:
        """Give a cluster its kinds: to the operator it is there, and so is all that is beside."""
        if self.beside:
            cluster.apply((HERE / self.folder / self.beside).read_text())
        text = self.definitions()
        cluster.kubectl("apply", "--server-side", "-f", "-", input=text, timeout=120)
        for kind in self._used():
            served = partial(_served, cluster, kind.collection())
            wait_until(served, f"{kind.plural} to be served")

    def remove(self, cluster: Cluster) -> None:
        """Take them away, with everything of these kinds.

        Only the kinds that are used are waited for: the server may take minutes to find out that
        a kind which nobody ever asked for has no objects ("storage is (re)initializing"); the
        used ones were asked for when they were installed.
        """
        delete = ("delete", "--wait=false", "--ignore-not-found", "-f", "-")
        cluster.kubectl(*delete, input=self.definitions(), timeout=60)
        for kind in self._used():
            wait_until(partial(_gone, cluster, kind.collection()), f"{kind.plural} to go", 60)

    def _used(self) -> list[Kind]:
        return [kind for kind in CHILDREN if kind.of == self.name]

    @cache  # noqa: B019  there are two of them, for the whole run
    def definitions(self) -> str:
        """The CustomResourceDefinitions of the pinned version, as they are shipped."""
        try:
            done = subprocess.run(
                [str(find_go()), "mod", "download", "-json", self.module],
                cwd=HERE / self.folder,
                env={**os.environ, **GO_ENVIRONMENT},
                capture_output=True,
                text=True,
                check=True,
                timeout=TIMEOUT,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise StepFailed(f"fetch {self.module}", str(error), advice=ADVICE) from error
        home = Path(json.loads(done.stdout)["Dir"])
        return "\n---\n".join((home / file).read_text() for file in self.files)


CRDS = "example/prometheus-operator-crd/monitoring.coreos.com"
MESH = Product(
    ISTIO,
    "istio",
    "istio.io/api",
    ("kubernetes/customresourcedefinitions.gen.yaml",),
    beside="injection.yaml",
)
MONITORING = Product(
    PROMETHEUS_OPERATOR,
    "monitoring",
    "github.com/prometheus-operator/prometheus-operator",
    (f"{CRDS}_servicemonitors.yaml", f"{CRDS}_prometheusrules.yaml"),
)


def install(cluster: Cluster) -> None:
    """Give a cluster all kinds that an operator can make use of."""
    MESH.install(cluster)
    MONITORING.install(cluster)


def install_ours(cluster: Cluster) -> None:
    """Give a cluster the kind that all this is about; kubectl learns of it last."""
    cluster.apply(OURS.read_text())
    served = partial(_served, cluster, MICROSERVICE.collection())
    wait_until(served, "the kind to be served")
    known = partial(cluster.kubectl, "get", "microservices", "--all-namespaces", check=False)
    wait_until(lambda: known().returncode == 0, "kubectl to know the kind")


def _served(cluster: Cluster, path: str) -> bool:
    return bool(cluster.api.request("GET", path)[0] == 200)


def _gone(cluster: Cluster, path: str) -> bool:
    return bool(cluster.api.request("GET", path)[0] == 404)
