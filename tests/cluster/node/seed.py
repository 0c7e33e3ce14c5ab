"""The frozen seed: a node's data with images and system services in it, made once, copied often.

No kubelet and no controller has ever seen it, so that a node starts from it as from nothing, only
sooner.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from tests.cluster.images import catalogue, operator, python
from tests.cluster.locking import exclusive
from tests.cluster.node import settings
from tests.cluster.node.data import KEYS, copy_data
from tests.cluster.node.packages import unpacked
from tests.cluster.node.real import BASE, RealNode
from tests.cluster.paths import CACHE

MANIFESTS = Path(__file__).parent / "manifests"
KEPT_DAYS = 90  # its certificates live for a year


@dataclass(frozen=True)
class Content:
    """What is in a seed; its name tells it from those of other kinds of nodes."""

    name: str
    images: tuple[Path, ...]
    manifests: tuple[str, ...]
    changing: tuple[tuple[Path, Path], ...] = ()
    """Images whose last layer changes all day, with what of them takes time to load."""


class Node(RealNode):
    """One cluster of one real node; as a context manager it lives as long as its block.

    Its pods find each other by name, and the metrics API tells how busy they are. The images
    `testbed.example/app:v1` and `:v2` are there.
    """

    @override
    def build(self) -> Path:
        binaries = super().build()
        self._seed = _seed(self.content(), binaries)
        return binaries

    def content(self) -> Content:
        """What is there from the start."""
        images = (
            catalogue.pause(),
            catalogue.coredns(),
            catalogue.metrics_server(),
            catalogue.app("v1"),
            catalogue.app("v2"),
        )
        manifests = tuple(file.read_text() for file in sorted(MANIFESTS.glob("*.yaml")))
        ours = operator.operator(), python.layers()[0].parent
        return Content("seed", images, manifests, (ours,))

    @override
    def _launch(self) -> None:
        super()._launch()
        self._await("coredns", lambda: self._available("kube-system", "coredns"))

    def _available(self, namespace: str, deployment: str) -> bool:
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}"
        return bool(self.api.request("GET", path)[1].get("status", {}).get("availableReplicas"))


class _Seedling(RealNode):
    """A node without pods, which leaves its data behind."""

    def __init__(self, content: Content, place: Path) -> None:
        # Its own port must not become where pods look for the API server: that is never updated.
        super().__init__(flags={"kube-apiserver": ["--endpoint-reconciler-type=none"]})
        self._content = content
        self._place = place

    @override
    def _launch(self) -> None:
        self._launch_base()
        self.load(*self._content.images, *(image for image, _ in self._content.changing))
        for manifest in self._content.manifests:
            # By the server: definitions are too large for the client's annotation.
            self.kubectl("apply", "--server-side", "-f", "-", input=manifest, timeout=120)
            self._await("kube-apiserver", self._definitions_are_served)
        self.kubectl("delete", "leases", "--all", "--namespace=kube-system")
        for name in reversed(BASE):
            self.processes.kill(name)
        unfinished = self._place.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        shutil.copytree(self.folder / KEYS, unfinished / KEYS)
        copy_data(self.folder, unfinished)
        unfinished.rename(self._place)

    def _definitions_are_served(self) -> bool:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        found = self.api.request("GET", path)[1]["items"]
        return all(_established(definition) for definition in found)


def _established(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or ()
    return ("Established", "True") in {(said["type"], said["status"]) for said in conditions}


def _seed(content: Content, binaries: Path) -> Path:
    """The seed of this content for these binaries, made now unless there is one that will last."""
    place = CACHE / f"{content.name}-{_digest(content, binaries)}"
    with exclusive(CACHE / f"{content.name}.lock", "another making of the node's seed"):
        if not place.exists():
            for outdated in CACHE.glob(f"{content.name}-*"):
                shutil.rmtree(outdated)
            with _Seedling(content, place):
                pass
    return place


def _digest(content: Content, binaries: Path) -> str:
    period = int(time.time() / 86400 / KEPT_DAYS)
    parts = [str(binaries), str(unpacked()), *map(str, content.images), str(period), settings.PAUSE]
    parts += [*content.manifests, *(str(base) for _, base in content.changing)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
