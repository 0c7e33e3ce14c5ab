"""The cluster that kubectl talks to, as it was when somebody first looked at it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.cluster.build import build
from tests.cluster.failure import StepFailed
from tests.cluster.kubectl import Kubectl


def user_kubectl() -> Path:
    """The user's own kubectl, or else one that is built."""
    own = shutil.which("kubectl")
    return Path(own) if own else build(("kubectl",)) / "kubectl"


def keep_context(kubeconfig: Path, advice: str) -> None:
    """Write the current context, and nothing else that the user has, to a file of its own.

    Raises:
        StepFailed: there is no current context.
    """
    kubeconfig.parent.mkdir(parents=True, exist_ok=True)
    users = os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config"
    own = Kubectl(user_kubectl(), Path(users))
    view = own("config", "view", "--minify", "--flatten", "--raw", check=False)
    if view.returncode:
        shutil.rmtree(kubeconfig.parent)
        raise StepFailed("read the current context", view.stderr.strip(), advice=advice)
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(view.stdout)
