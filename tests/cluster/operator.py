"""The operator as a process beside a cluster, as a developer would run it."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from tests.cluster.failure import StepFailed
from tests.cluster.ports import free_ports
from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.processes import Processes

# Three times as long as the operator itself may wait until its watch has told all.
START_TIMEOUT = 90


class Operator:
    """One operator: it ends with the cluster whose processes it is one of."""

    def __init__(
        self, processes: Processes, kubeconfig: Path, *arguments: str, name: str = "operator"
    ) -> None:
        self.name = name
        self.log = processes.log(name)
        self.port = 0
        self._processes = processes
        self._kubeconfig = kubeconfig
        self._arguments = arguments

    def start(self) -> None:
        """Start it and wait until it works."""
        [self.port] = free_ports(1, set())
        command = [
            "/usr/bin/env",
            f"KUBECONFIG={self._kubeconfig}",
            f"POD_NAME={self.name}",  # one that is started again takes up its Lease at once
            sys.executable,
            "-m",
            "microservice_operator",
            "run",
            f"--metrics-port={self.port}",
            *self._arguments,
        ]
        self._processes.add({self.name: command})
        self._processes.start(self.name)
        try:
            wait_until(self._works, f"{self.name} to be ready", START_TIMEOUT)
        except TimeoutError as error:
            raise StepFailed(
                f"start {self.name}", str(error), log=self.log, advice="see the log above"
            ) from error

    def kill(self) -> None:
        """End it as a crash would."""
        self._processes.kill(self.name)

    def restart(self) -> None:
        """Start it; end it before if it runs."""
        if self.name in self._processes.running():
            self.kill()
        self.start()

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
        self._processes.check(f"start {self.name}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False
