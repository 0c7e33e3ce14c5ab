"""The operator as a process of its own, with any options, as any user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.cluster.operator import START_TIMEOUT
from tests.cluster.ports import free_ports

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

ENDS_WITHIN = 30


@dataclass
class Process:
    """One run of the operator; it ends with its block."""

    kubeconfig: Path
    log: Path
    options: tuple[str, ...] = ()
    program: tuple[str, ...] = ("microservice_operator",)
    port: int = field(default_factory=lambda: free_ports(1, set())[0])

    def __enter__(self) -> Self:
        self.log.touch()
        with self.log.open("a") as log:
            self._popen = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", *self.program, "run", f"--metrics-port={self.port}"),
                    *self.options,
                ],
                env={**os.environ, "KUBECONFIG": str(self.kubeconfig)},
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        wait_until(self._works, f"the operator to be ready; see {self.log}", START_TIMEOUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._popen.kill()
        self._popen.wait()

    @property
    def running(self) -> bool:
        """Whether it is still the process that was started."""
        return self._popen.poll() is None

    @property
    def leads(self) -> bool:
        """Whether it says that it holds its Lease."""
        return 'leader_election_master_status{name="operator"} 1.0' in self.get("/metrics")[1]

    def signal(self, number: signal.Signals) -> None:
        """Kill, freeze or thaw it."""
        self._popen.send_signal(number)

    def terminate(self) -> tuple[int, float]:
        """Ask it to end; its exit code, and how long it took."""
        began = time.monotonic()
        self._popen.send_signal(signal.SIGTERM)
        return self._popen.wait(ENDS_WITHIN), time.monotonic() - began

    def get(self, path: str) -> tuple[int, str]:
        """What it answers to a probe or a scrape."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=10
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def _works(self) -> bool:
        assert self.running, self.log.read_text()
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False
