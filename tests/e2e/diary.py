"""What the operator's pods have said and gone through, those included that are gone."""

from __future__ import annotations

import http.client
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chart.helm import NAMESPACE, RELEASE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.bed import Bed
    from tests.e2e.workloads import Manifest

LABEL = f"app.kubernetes.io/name={RELEASE}"
PATH = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector={LABEL}"
INTERVAL = 0.5


@dataclass
class Diary:
    """Follows the log of every container as soon as it runs, for it goes with its pod."""

    bed: Bed
    folder: Path
    restarts: dict[str, int] = field(default_factory=dict)
    """By pod, unless a test was the cause."""
    expected: set[str] = field(default_factory=set)
    """Pods that tests have ended."""

    def __post_init__(self) -> None:
        self._followers: dict[str, subprocess.Popen[bytes]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def begin(self) -> None:
        """Look after all pods from now on."""
        self._thread.start()

    def end(self) -> None:
        """Stop looking; what was written stays."""
        self._ended.set()
        self._thread.join()
        for follower in self._followers.values():
            follower.kill()
            follower.wait()

    def pods(self) -> list[Manifest]:
        """All pods of the operator, those that end included."""
        code, answer = self.bed.api.request("GET", PATH)
        found: list[Manifest] = answer["items"] if code == 200 else []
        return found

    def text(self) -> str:
        """All that was said."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def tracebacks(self) -> list[str]:
        """The lines that show what should have been expected."""
        return [line for line in self.text().splitlines() if "Traceback" in line]

    def _follow(self) -> None:
        while not self._ended.wait(INTERVAL):
            with suppress(OSError, http.client.HTTPException):  # nobody answers for a moment
                for pod in self.pods():
                    self._look_at(pod)

    def _look_at(self, pod: Manifest) -> None:
        name = pod["metadata"]["name"]
        for container in pod["status"].get("containerStatuses", ()):
            restarts = container["restartCount"]
            if restarts and name not in self.expected:
                self.restarts[name] = restarts
            run = f"{name}-{restarts}"
            if "running" in container["state"] and run not in self._followers:
                self._followers[run] = self._start(name, self.folder / f"{run}.log")

    def _start(self, pod: str, file: Path) -> subprocess.Popen[bytes]:
        kubectl = self.bed.kubectl
        command = (str(kubectl.binary), "logs", "--follow", pod, "-n", NAMESPACE)
        with file.open("w") as log:
            return subprocess.Popen(command, env=kubectl.environment, stdout=log, stderr=log)
