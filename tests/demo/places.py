"""Where the demo takes place: on a control plane of its own, or in the current context."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.cluster import Cluster, Kubectl, StepFailed
from tests.cluster.build import build
from tests.cluster.operator import Operator
from tests.cluster.paths import ROOT, RUN
from tests.cluster.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.demo.screen import Screen

CRD = ROOT / "crds" / "microservices.yaml"
EXAMPLE = ROOT / "examples" / "hello"
CRD_NAME = "microservices.microservices.dev"


class Place(Protocol):
    """Somewhere with an API server, and with room for the operator beside it."""

    operator: Operator

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl with this place's credentials."""

    @property
    def typed(self) -> str:
        """How a person calls that kubectl."""

    def up(self, screen: Screen) -> None:
        """Make sure that there is an API server."""

    def down(self) -> bool:
        """Take away what the demo brought; tells whether there was anything."""


class Light:
    """A control plane of its own, with simulated nodes and pods."""

    def __init__(self) -> None:
        self._cluster = Cluster("demo")
        self.operator = Operator(self._cluster.processes, self._cluster.kubeconfig)

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl of the server's version."""
        return self._cluster.kubectl

    @property
    def typed(self) -> str:
        """The built one, unless there is one on the PATH."""
        return "kubectl" if shutil.which("kubectl") else os.path.relpath(self.kubectl.binary)

    def up(self, screen: Screen) -> None:
        """Build what is not built yet and start what does not run yet."""
        screen.step("A control plane: etcd, kube-apiserver, kube-controller-manager, scheduler")
        build()
        if self._cluster.complete:
            screen.done("runs already")
            return
        self._cluster.start(detached=True)
        screen.done("ready; its nodes and pods are simulated by kwok")

    def down(self) -> bool:
        """End every process and remove the folder."""
        existed = self._cluster.folder.exists()
        self._cluster.stop()
        return existed


class Current:
    """The cluster that kubectl talks to; the operator runs here, beside it."""

    def __init__(self) -> None:
        self._folder = RUN / "current"
        # The context as it was when the demo began: the end must find the same cluster.
        self._kubeconfig = self._folder / "kubeconfig"
        self.operator = Operator(Processes(self._folder), self._kubeconfig)

    @property
    def kubectl(self) -> Kubectl:
        """The user's own kubectl, or else one that is built."""
        own = shutil.which("kubectl")
        return Kubectl(Path(own) if own else build(("kubectl",)) / "kubectl", self._kubeconfig)

    @property
    def typed(self) -> str:
        """What the user types every day."""
        return "kubectl"

    def up(self, screen: Screen) -> None:
        """There must be a cluster already."""
        screen.step("The cluster of the current context")
        self._keep_context()
        answer = self.kubectl("get", "--raw", "/version", check=False)
        if answer.returncode:
            raise StepFailed(
                "reach the current context",
                answer.stderr.strip(),
                advice="set KUBECONFIG, or run `make demo` for a control plane of its own",
            )
        if not self.kubectl("get", "crd", CRD_NAME, "--ignore-not-found").stdout:
            (self._folder / "crd-is-ours").touch()
        screen.done(self.kubectl("config", "current-context").stdout.strip())

    def down(self) -> bool:
        """Remove the example, and the CRD if the demo brought it."""
        if not self._kubeconfig.exists():
            return False
        self.kubectl("delete", "-f", str(EXAMPLE), "--ignore-not-found", check=False)
        if (self._folder / "crd-is-ours").exists():
            self.kubectl("delete", "crd", CRD_NAME, "--ignore-not-found", check=False)
        Processes(self._folder).end()
        return True

    def _keep_context(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        users = os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config"
        own = Kubectl(self.kubectl.binary, Path(users))
        view = own("config", "view", "--minify", "--flatten", "--raw", check=False)
        if view.returncode:
            shutil.rmtree(self._folder)
            raise StepFailed(
                "read the current context",
                view.stderr.strip(),
                advice="set KUBECONFIG, or run `make demo` for a control plane of its own",
            )
        self._kubeconfig.touch(mode=0o600)
        self._kubeconfig.write_text(view.stdout)


PLACES: Mapping[str, Callable[[], Place]] = {"light": Light, "current": Current}
