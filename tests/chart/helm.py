"""Helm, bound to the chart as it is checked in and to a folder of its own.

`python -m tests.chart.helm` says where there is one, for a machine that has none on its PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.chart import CHART
from tests.cluster.failure import StepFailed
from tests.cluster.paths import CACHE
from tests.cluster.tools import tool

Values = dict[str, Any]
Manifest = dict[str, Any]

RELEASE, NAMESPACE = "microservice-operator", "microservice-system"


@dataclass(frozen=True)
class Helm:
    """Call it with Helm's arguments."""

    binary: Path
    kubeconfig: Path | None = None

    def __call__(
        self, *args: str, values: Values | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run Helm and return its text output; values go in as a file would.

        Raises:
            AssertionError: it ended with an error while `check` is set; carries what it said.
        """
        done = subprocess.run(
            [str(self.binary), *args, *([] if values is None else ["--values=-"])],
            input=None if values is None else yaml.safe_dump(values),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=self._environment(),
        )
        if check and done.returncode:
            raise AssertionError(f"helm {' '.join(args)}: {done.stderr.strip()}")
        return done

    def render(self, *options: str, **values: Any) -> list[Manifest]:
        """The objects that these values make."""
        said = self("template", RELEASE, str(CHART), f"-n={NAMESPACE}", *options, values=values)
        return [manifest for manifest in yaml.safe_load_all(said.stdout) if manifest]

    def _environment(self) -> dict[str, str]:
        """What it keeps is kept apart, and no cluster is touched that was not named."""
        home = CACHE / "helm-home"
        folders = {f"HELM_{kind}_HOME": str(home / kind) for kind in ("CACHE", "CONFIG", "DATA")}
        kubeconfig = str(self.kubeconfig or home / "no-kubeconfig")
        return {**os.environ, **folders, "KUBECONFIG": kubeconfig}


def find() -> Path:
    """Helm of the PATH, or else one that is built from its module."""
    own = shutil.which("helm")
    return Path(own) if own else tool("helm")


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    """Those of these kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def _say_where() -> None:
    """For `make install`, which reads the path."""
    if not shutil.which("helm"):
        sys.stderr.write("no helm on the PATH: taking the one that is built from its module\n")
    try:
        sys.stdout.write(f"{find()}\n")
    except StepFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _say_where()
