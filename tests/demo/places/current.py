"""The cluster that kubectl talks to, with the operator on this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster import Kubectl, StepFailed
from tests.cluster.context import keep_context, user_kubectl
from tests.cluster.operator import Operator
from tests.cluster.paths import RUN
from tests.cluster.processes import Processes
from tests.demo.places import beside
from tests.demo.places.place import EXAMPLE

if TYPE_CHECKING:
    from tests.demo.screen import Screen

CRD_IS_OURS, EXAMPLE_IS_OURS = "crd-is-ours", "example-is-ours"
ADVICE = "set KUBECONFIG, or run `make demo` for a control plane of its own"


class Current:
    """Somebody's cluster: what the demo brings it takes away again, and nothing else."""

    typed = "kubectl"
    inside = ()

    def __init__(self) -> None:
        self._folder = RUN / "current"
        # The context as it was when the demo began: the end must find the same cluster.
        self._kubeconfig = self._folder / "kubeconfig"
        self._operator = Operator(Processes(self._folder), self._kubeconfig)

    def missing(self) -> str:
        """A context; whether its cluster answers is seen later."""
        return "" if _context() else "kubectl has no current context; set KUBECONFIG"

    @property
    def about(self) -> str:
        """Whose cluster it is."""
        return f"the cluster of your context {_context()}, the operator beside it"

    @property
    def kubectl(self) -> Kubectl:
        """The user's own, bound to the context as it was."""
        return Kubectl(user_kubectl(), self._kubeconfig)

    @property
    def log(self) -> str:
        """It writes to a file."""
        return f"tail -f {os.path.relpath(self._operator.log)}"

    def up(self, screen: Screen) -> None:
        """There must be a cluster already."""
        screen.step("The cluster of the current context")
        keep_context(self._kubeconfig, ADVICE)
        answer = self.kubectl("get", "--raw", "/version", check=False)
        if answer.returncode:
            raise StepFailed("reach the current context", answer.stderr.strip(), advice=ADVICE)
        self._mark_ours()
        screen.done(self.kubectl("config", "current-context").stdout.strip())

    def operate(self, screen: Screen) -> None:
        """Beside it."""
        beside.run(self._operator, self.kubectl, screen)

    def down(self) -> bool:
        """Remove the example, and the CRD if the demo brought it."""
        if not self._kubeconfig.exists():
            return False
        delete = ("delete", "--ignore-not-found", "--cascade=foreground")
        if (self._folder / EXAMPLE_IS_OURS).exists():
            self.kubectl(*delete, "-f", str(EXAMPLE), check=False, timeout=120)
        if (self._folder / CRD_IS_OURS).exists():
            self.kubectl(*delete, "crd", beside.CRD_NAME, check=False, timeout=120)
        Processes(self._folder).end()
        return True

    def _mark_ours(self) -> None:
        """Remember what is not there yet, and refuse to touch an example of somebody else."""
        ours = self._folder / EXAMPLE_IS_OURS
        if not self.kubectl("get", "crd", beside.CRD_NAME, "--ignore-not-found").stdout:
            (self._folder / CRD_IS_OURS).touch()
        elif not ours.exists() and self.kubectl.get("msvc", "hello", None):
            self._forget()
            cause = "there is a Microservice/hello already, and it is not the demo's"
            advice = "delete it, or choose another namespace or context"
            raise StepFailed("bring the example", cause, advice=advice)
        ours.touch()

    def _forget(self) -> None:
        shutil.rmtree(self._folder)


def _context() -> str:
    return _users()("config", "current-context", check=False).stdout.strip()


def _users() -> Kubectl:
    """Kubectl as the user has it now."""
    kubeconfig = os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config"
    return Kubectl(user_kubectl(), Path(kubeconfig))
