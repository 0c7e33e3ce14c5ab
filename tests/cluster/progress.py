"""Running a slow command so that a person sees it move."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.cluster.failure import StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PLAIN_INTERVAL = 15
DEADLINE = 1800


class Ticker:
    """Elapsed seconds behind a label: counted live on a terminal, else a line now and then."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = self._spoken = time.monotonic()
        self._live = sys.stderr.isatty()
        self._say("..." if self._live else "... started")

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def tick(self) -> None:
        """Show that the work goes on."""
        if self._live or time.monotonic() - self._spoken >= PLAIN_INTERVAL:
            self._spoken = time.monotonic()
            self._say(f"... {self.elapsed:.0f} s" + ("" if self._live else ", still running"))

    def done(self, verdict: str = "") -> None:
        """Leave the final line behind."""
        self._say(f"... {self.elapsed:.0f} s{verdict}")
        if self._live:
            print(file=sys.stderr)

    def _say(self, text: str) -> None:
        start, end = ("\r\x1b[K", "") if self._live else ("", "\n")
        print(f"{start}{self._label} {text}", end=end, file=sys.stderr, flush=True)


def run(
    label: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], advice: str
) -> None:
    """Run a command to its end with its output in `log`, ticking meanwhile.

    Raises:
        StepFailed: it could not be started, ended with an error, or took half an hour.
    """
    ticker = Ticker(label)
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **env}, cwd=log.parent
        )
        try:
            while process.poll() is None and ticker.elapsed < DEADLINE:
                _pause(process)
                ticker.tick()
            cause = _verdict(process.poll())
        finally:
            process.kill()
            process.wait()
    ticker.done(" failed" if cause else "")
    if cause:
        raise StepFailed(label, cause, log=log, advice=advice)


def _verdict(code: int | None) -> str:
    if code is None:
        return f"no end after {DEADLINE} s"
    return f"exit code {code}" if code else ""


def _pause(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return
