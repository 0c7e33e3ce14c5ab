"""The demo as a test runs it: through its command line, and never over somebody's own demo."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cluster.paths import ROOT, RUN

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS = ("demo", "demo-node", "demo-mesh", "demo-kind", "current")


def demo(
    command: str, variables: Mapping[str, str] | None = None, *, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `python -m tests.demo` with these variables, and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "tests.demo", command],
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def insist_on_silence() -> None:
    """A demo that somebody looks at is not a test's to end."""
    if running := [name for name in FOLDERS if (RUN / name).exists()]:
        pytest.fail(f"a demo runs here ({', '.join(running)}): `make down` ends it")
