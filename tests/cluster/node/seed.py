"""The frozen seed: a node's data with images and system services in it, made once, copied often.

No kubelet and no controller has ever seen it, so that a node starts from it as from nothing, only
sooner.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from tests.cluster.images import catalogue
from tests.cluster.locking import exclusive
from tests.cluster.node import settings
from tests.cluster.node.data import KEYS, copy_data
from tests.cluster.node.packages import unpacked
from tests.cluster.node.real import BASE, RealNode
from tests.cluster.paths import CACHE

if TYPE_CHECKING:
    from collections.abc import Iterable

MANIFESTS = Path(__file__).parent / "manifests"
KEPT_DAYS = 90  # its certificates live for a year


class Node(RealNode):
    """One cluster of one real node; as a context manager it lives as long as its block.

    Its pods find each other by name, and the metrics API tells how busy they are. The images
    `testbed.example/app:v1` and `:v2` are there.
    """

    @override
    def build(self) -> Path:
        binaries = super().build()
        self._seed = _seed(binaries)
        return binaries

    @override
    def _launch(self) -> None:
        super()._launch()
        self._await("coredns", self._names_are_served)

    def _names_are_served(self) -> bool:
        path = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
        return bool(self.api.request("GET", path)[1].get("status", {}).get("availableReplicas"))


class _Seedling(RealNode):
    """A node without pods, which leaves its data behind."""

    def __init__(self, images: Iterable[Path], place: Path) -> None:
        # Its own port must not become where pods look for the API server: that is never updated.
        super().__init__(flags={"kube-apiserver": ["--endpoint-reconciler-type=none"]})
        self._images = images
        self._place = place

    @override
    def _launch(self) -> None:
        self._launch_base()
        self.load(*self._images)
        for manifest in sorted(MANIFESTS.glob("*.yaml")):
            self.apply(manifest.read_text())
        self.kubectl("delete", "leases", "--all", "--namespace=kube-system")
        for name in reversed(BASE):
            self.processes.kill(name)
        unfinished = self._place.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        shutil.copytree(self.folder / KEYS, unfinished / KEYS)
        copy_data(self.folder, unfinished)
        unfinished.rename(self._place)


def _seed(binaries: Path) -> Path:
    """The seed for these binaries, made now unless there is one that will last."""
    images = [
        catalogue.pause(),
        catalogue.coredns(),
        catalogue.metrics_server(),
        catalogue.app("v1"),
        catalogue.app("v2"),
    ]
    place = CACHE / f"seed-{_digest(binaries, images)}"
    with exclusive(CACHE / "seed.lock", "another making of the node's seed"):
        if not place.exists():
            for outdated in CACHE.glob("seed-*"):
                shutil.rmtree(outdated)
            with _Seedling(images, place):
                pass
    return place


def _digest(binaries: Path, images: Iterable[Path]) -> str:
    period = int(time.time() / 86400 / KEPT_DAYS)
    parts = [str(binaries), str(unpacked()), *map(str, images), str(period), settings.PAUSE]
    parts += [manifest.read_text() for manifest in sorted(MANIFESTS.glob("*.yaml"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
