"""A real node with Istio, and two gateways that each have a port of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from typing_extensions import override

from tests.cluster import wait_until
from tests.cluster.istio import Mesh
from tests.cluster.istio.edge import EDGE
from tests.cluster.paths import ROOT
from tests.cluster.ports import free_port, listening
from tests.demo.places.real import Real

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.demo.screen import Screen

SHOP = ROOT / "examples" / "shop"
PLATFORM = Path(__file__).with_name("platform.yaml")
PORTS = {"public": 8080, "internal": 8081}


class Meshed(Real):
    """The meshed bed, with the operator installed by Helm."""

    about = "a shop on a real node with Istio: two gateways, versions by weight, a circuit breaker"
    title = "A real node with Istio: its control plane, and two gateways"
    options = (f"--values {os.path.relpath(PLATFORM)}",)

    def __init__(self) -> None:
        super().__init__()
        self._node = Mesh("demo-mesh")

    def open(self, gateway: str, screen: Screen) -> int:
        """Let a port of this machine lead to a gateway until the end, and return it.

        What did so before is replaced: it might know a pod that is gone.
        """
        processes, name = self._node.processes, f"to-{gateway}"
        if name in processes.running():
            processes.kill(name)
        port = free_port(PORTS[gateway])
        words = ("port-forward", "-n", EDGE, f"service/{gateway}-gateway", f"{port}:80")
        screen.command(f"{self.typed} {' '.join(words)} &")
        kubectl = (str(self.kubectl.binary), f"--kubeconfig={self.kubectl.kubeconfig}")
        cache = f"KUBECACHEDIR={self.kubectl.environment['KUBECACHEDIR']}"
        processes.add({name: ["/usr/bin/env", cache, *kubectl, *words]})
        processes.start(name)
        wait_until(lambda: listening(port), f"port {port}")
        return port

    @override
    def _name_images(self, screen: Screen) -> None:
        for image, version in _images():
            self._node.tag(f"testbed.example/app:{version}", image)
        screen.note("there is no registry: the shop's images are the tests' own application here")


def _images() -> Iterator[tuple[str, str]]:
    """The images of the shop, and the version of the test application that each of them is."""
    for file in SHOP.glob("*.yaml"):
        spec = yaml.safe_load(file.read_text())["spec"]
        yield spec["image"], "v1"
        for version in spec.get("versions", ()):
            yield version["image"], version["name"]
