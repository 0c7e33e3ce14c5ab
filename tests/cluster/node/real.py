"""One real node: the light bed's control plane, with a kubelet, in namespaces of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from tests.cluster import groups
from tests.cluster.build import build
from tests.cluster.light import Cluster
from tests.cluster.node import sandbox, settings
from tests.cluster.node.data import copy_data
from tests.cluster.node.inside import InsideProcesses
from tests.cluster.node.packages import unpacked
from tests.cluster.node.requirements import check
from tests.cluster.preparation import authority, ports_of, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENTER = Path(__file__).with_name("enter.sh")
BASE = ("containerd", "etcd", "kube-apiserver")
CLIENTS = ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")


class RealNode(Cluster):
    """A node that starts from nothing, or from the data of one that was stopped.

    Args:
        name: tells nodes side by side apart; made up when absent.
        flags: further flags for a component, by its name.
    """

    def __init__(self, name: str = "", *, flags: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(name, nodes=0, flags=flags)
        self.processes = InsideProcesses(self.folder)
        self._seed: Path | None = None

    def run(
        self, *command: str, check: bool = True, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the node's namespaces, and return its text output.

        Raises:
            AssertionError: it ended with an error while `check` is set; carries what it said.
        """
        done = subprocess.run(
            [str(ENTER), str(self.folder), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout}")
        return done

    def spawn(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in the node's namespaces, and return it with a pipe to its output."""
        return subprocess.Popen(
            [str(ENTER), str(self.folder), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def load(self, *archives: Path) -> None:
        """Give the node the images of these archives, under the names that they say."""
        for archive in archives:
            take = ("ctr", "--namespace", "k8s.io", "images", "import", str(archive))
            self.run(*take, timeout=600)

    def tag(self, image: str, *aliases: str) -> None:
        """Give an image of the node further names."""
        self.run("ctr", "--namespace", "k8s.io", "images", "tag", "--force", image, *aliases)

    @override
    def build(self) -> Path:
        check()
        self._packages = unpacked()
        return build(settings.BINARIES)

    @override
    def _prepare(self, binaries: Path) -> None:
        prepare(self.folder, settings.USERS, keys=self._seed and self._seed / "pki")
        if self._seed is not None:
            copy_data(self._seed, self.folder)
        for file, (user, of) in settings.CALLERS.items():
            authority(self.folder).issue(user, of, file=file)
        settings.write(self.folder)
        ports = ports_of(self.folder)
        inner = settings.commands(binaries, self.folder, ports, self._flags)
        sandbox.write_plan(
            self.folder, name=settings.NAME, packages=self._packages, ports=list(ports.values())
        )
        groups.create(self.folder)
        enter = [str(ENTER), str(self.folder)]
        self.processes.add({"node": sandbox.command(self.folder)})
        self.processes.add({name: [*enter, *command] for name, command in inner.items()})

    @override
    def _launch(self) -> None:
        self._launch_base()
        for name in CLIENTS:
            self.processes.start(name)
        self._await("kubelet", self._node_is_ready)
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._await("kube-controller-manager", lambda: self.api.request("GET", account)[0] == 200)

    def _launch_base(self) -> None:
        """What holds data: enough to take manifests and images."""
        self.processes.start("node")
        self._await("node", (self.folder / sandbox.READY).exists)
        for name in BASE:
            self.processes.start(name)
        self._await("containerd", lambda: self.run("ctr", "version", check=False).returncode == 0)
        self._await_health("kube-apiserver")

    def _node_is_ready(self) -> bool:
        code, node = self.api.request("GET", f"/api/v1/nodes/{settings.NAME}")
        return code == 200 and any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in node["status"].get("conditions", ())
        )
