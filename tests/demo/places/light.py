"""A control plane of its own, with simulated nodes and pods: quick, and possible anywhere."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.cluster import Cluster
from tests.cluster.build import build
from tests.cluster.operator import Operator
from tests.demo.places import beside

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.demo.screen import Screen


class Light:
    """The light bed, with the operator beside it."""

    about = "a control plane with simulated pods, the operator beside it"
    inside = ()

    def __init__(self) -> None:
        self._cluster = Cluster("demo")
        self._operator = Operator(self._cluster.processes, self._cluster.kubeconfig)

    def missing(self) -> str:
        """Nothing: what it needs is built."""
        return ""

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl of the server's version."""
        return self._cluster.kubectl

    @property
    def typed(self) -> str:
        """The built one, unless there is one on the PATH."""
        return "kubectl" if shutil.which("kubectl") else os.path.relpath(self.kubectl.binary)

    @property
    def log(self) -> str:
        """It writes to a file."""
        return f"tail -f {os.path.relpath(self._operator.log)}"

    def up(self, screen: Screen) -> None:
        """Build what is not built yet and start what does not run yet."""
        screen.step("A control plane: etcd, kube-apiserver, kube-controller-manager, scheduler")
        build()
        if self._cluster.complete:
            screen.done("runs already")
            return
        self._cluster.start(detached=True)
        screen.done("ready; its nodes and pods are simulated by kwok")

    def operate(self, screen: Screen) -> None:
        """Beside it."""
        beside.run(self._operator, self.kubectl, screen)

    def down(self) -> bool:
        """End every process and remove the folder."""
        existed = self._cluster.folder.exists()
        self._cluster.stop()
        return existed
