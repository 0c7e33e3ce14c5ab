"""A real node of its own, without Docker: real pods, and the operator among them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, ClassVar

import yaml

from tests.cluster import Node
from tests.cluster.images import operator
from tests.cluster.node import requirements
from tests.cluster.node.real import ENTER
from tests.demo.places import release
from tests.demo.places.place import EXAMPLE

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.demo.screen import Screen

APP = "testbed.example/app:v1"
DEFAULT_REGISTRY = "docker.io"  # what an image's name without a registry means


class Real:
    """The real bed, with the operator installed by Helm."""

    about = "a real node with real pods, the operator installed by Helm"
    title: ClassVar[str] = "A real node: a control plane, kubelet, containerd, kube-proxy, CoreDNS"
    options: ClassVar[tuple[str, ...]] = ()
    """What Helm is told besides."""

    def __init__(self) -> None:
        self._node = Node("demo-node")

    def missing(self) -> str:
        """What the machine lacks."""
        cause = requirements.missing()
        return f"{cause}; `make demo` needs nothing of the kind" if cause else ""

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl of the server's version."""
        return self._node.kubectl

    @property
    def typed(self) -> str:
        """The built one, unless there is one on the PATH."""
        return "kubectl" if shutil.which("kubectl") else os.path.relpath(self.kubectl.binary)

    @property
    def inside(self) -> tuple[str, ...]:
        """The way into the namespaces of the node."""
        return os.path.relpath(ENTER), os.path.relpath(self._node.folder)

    @property
    def log(self) -> str:
        """Both operators speak in pods."""
        return f"{self.typed} {release.LOG}"

    def up(self, screen: Screen) -> None:
        """Build what is not built yet and start what does not run yet."""
        screen.step(self.title)
        self._node.build()
        if self._node.complete:
            screen.done("runs already")
            return
        self._node.start(detached=True)
        screen.done("ready; it lives in namespaces of its own, and its pods are real")
        self._name_images(screen)

    def _name_images(self, screen: Screen) -> None:
        image = yaml.safe_load((EXAMPLE / "microservice.yaml").read_text())["spec"]["image"]
        self._node.tag(APP, f"{DEFAULT_REGISTRY}/{image}")
        screen.note(f"there is no registry: {image} is the tests' own application here")

    def operate(self, screen: Screen) -> None:
        """Make its image without Docker, and install the chart."""
        screen.step("The operator's image, made without Docker from the same lock")
        self._node.load(operator.operator())
        screen.done(operator.NAME)
        release.install(self.kubectl, self.typed, operator.NAME, screen, *self.options)

    def down(self) -> bool:
        """End the node and all that is in it."""
        existed = self._node.folder.exists()
        self._node.stop()
        return existed
