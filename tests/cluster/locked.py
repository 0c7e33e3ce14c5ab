"""Installing packages as the project's lock has them, into a folder of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cluster import progress
from tests.cluster.paths import CACHE, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def install(label: str, target: Path, *which: str) -> None:
    """Install what `uv export` chooses with these flags.

    Raises:
        StepFailed: showing the end of the installer's output.
    """
    export = [uv(), "export", "--project", str(ROOT), "--quiet", "--frozen", *which]
    requirements = subprocess.run(export, check=True, capture_output=True, text=True, timeout=60)
    listed = target.with_name(f"{target.name}.txt")
    target.mkdir(parents=True, exist_ok=True)
    listed.write_text(requirements.stdout)
    progress.run(
        label,
        [
            *(uv(), "pip", "install", "--quiet", "--link-mode", "copy", "--no-deps"),
            *("--python", sys.executable, "--target", str(target), "--requirement", str(listed)),
        ],
        log=CACHE / "packages-of-the-lock.log",
        env={},
        advice="see whether the package index can be reached",
    )
    listed.unlink()


def uv() -> str:
    """The installer: that of the machine, else the one with which the environment was made."""
    return shutil.which("uv") or str(ROOT / ".cache/uv/bin/uv")
