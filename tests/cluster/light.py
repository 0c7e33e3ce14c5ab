"""The light bed: a real control plane on loopback ports, with simulated nodes and pods."""

from __future__ import annotations

import itertools
import os
import time
from functools import partial
from typing import TYPE_CHECKING

from tests.cluster import components
from tests.cluster.access import Access
from tests.cluster.build import build
from tests.cluster.failure import StepFailed
from tests.cluster.leash import Leash
from tests.cluster.nodes import node
from tests.cluster.paths import RUN
from tests.cluster.preparation import ADMINISTRATORS, ports_of, prepare
from tests.cluster.processes import Processes
from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

START_TIMEOUT = 60
BASE = ("etcd", "kube-apiserver")
CLIENTS = ("kube-controller-manager", "kube-scheduler", "kwok")

_numbers = itertools.count(1)


class Cluster(Access):
    """One cluster, known by its name; as a context manager it lives as long as its block.

    Args:
        name: tells clusters side by side apart; made up when absent.
        nodes: how many simulated nodes it has.
        flags: further flags for a component, by its name.
    """

    def __init__(
        self,
        name: str = "",
        *,
        nodes: int = 3,
        flags: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.name = name or f"{os.getpid()}-{next(_numbers)}"
        super().__init__(RUN / self.name)
        self.processes = Processes(self.folder)
        self.seconds_to_ready = 0.0
        self._nodes = nodes
        self._flags = flags or {}
        self._leash: Leash | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *, detached: bool = False) -> None:
        """Start everything and wait until a new namespace is of use.

        Args:
            detached: whether it goes on after the end of this process, until `stop`.

        Raises:
            StepFailed: naming the step, with the end of the log; nothing is left running.
        """
        if self.processes.running():
            advice = "end it with `down`, or take another name"
            raise StepFailed(
                f"start {self.name}", "it runs already, in part at least", advice=advice
            )
        binaries = self.build()
        began = time.monotonic()
        try:
            self.processes.end()
            self._leash = None if detached else Leash(self.folder)
            self._prepare(binaries)
            self._launch()
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.monotonic() - began

    def stop(self) -> None:
        """End every process and remove the folder; does nothing when that is done already."""
        self.processes.end()
        if self._leash is not None:
            self._leash.release()
            self._leash = None

    @property
    def complete(self) -> bool:
        """Whether all of its components run."""
        commands = self.processes.commands()
        return bool(commands) and self.processes.running().keys() == commands.keys()

    def check(self, step: str) -> None:
        """Raise StepFailed if one of its components has ended."""
        self.processes.check(step)

    def build(self) -> Path:
        """Make everything that `start` needs, unless it exists."""
        return build()

    def _prepare(self, binaries: Path) -> None:
        users = {name: (user, ADMINISTRATORS) for name, user in components.USERS.items()}
        prepare(self.folder, users)
        ports = ports_of(self.folder)
        self.processes.add(components.commands(binaries, self.folder, ports, self._flags))

    def _launch(self) -> None:
        for name in BASE:
            self.processes.start(name)
        self._await_health("kube-apiserver")
        for name in CLIENTS:
            self.processes.start(name)
        self._await("nodes", self._register_nodes)
        for name in CLIENTS:
            self._await_health(name)
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._await("kube-controller-manager", lambda: self.api.request("GET", account)[0] == 200)
        self._await("kube-controller-manager", self._nodes_are_usable)

    def _await_health(self, name: str) -> None:
        self._await(name, partial(self.api_of(name).healthy, components.HEALTH[name]))

    def _await(self, name: str, condition: Callable[[], bool]) -> None:
        def met() -> bool:
            self.processes.check(f"start {self.name}")
            return condition()

        try:
            wait_until(met, f"{name} to be ready", START_TIMEOUT)
        except TimeoutError as error:
            raise StepFailed(
                f"start {self.name}: {name}",
                str(error),
                log=self.processes.log(name),
                advice="see the log above; a busy machine may need a second try",
            ) from error

    def _register_nodes(self) -> bool:
        version = self.api.request("GET", "/version")[1]["gitVersion"]
        for number in range(self._nodes):
            code, answer = self.api.request("POST", "/api/v1/nodes", node(number, version))
            assert code == 201, answer
        return True

    def _nodes_are_usable(self) -> bool:
        nodes = self.api.request("GET", "/api/v1/nodes")[1]["items"]
        return not any(node["spec"].get("taints") for node in nodes)
