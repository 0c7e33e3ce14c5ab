"""Outlives its parent by a moment: when that ends in whatever way, ends the parent's cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cluster.paths import ROOT
from tests.cluster.processes import end

AWAIT_END = "from tests.cluster.leash import await_end; await_end()"


class Leash:
    """A process that waits for the end of ours by reading from a pipe that only we hold open.

    A kill signal on our death would be simpler, but Linux ties it to the thread that started the
    child, and other systems do not have it.
    """

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", AWAIT_END, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def release(self) -> None:
        """Let it see our end before its time; it finds nothing left to do."""
        self._process.communicate()


def await_end() -> None:
    """What the process does: nothing until its input ends, then everything at once."""
    sys.stdin.read()
    end(Path(sys.argv[1]))
