"""What of a node can be seen from outside, so that a test can say that nothing is left."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster import groups

if TYPE_CHECKING:
    from tests.cluster import Node

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
PROC = Path("/proc")


@dataclass(frozen=True)
class Traces:
    """Where a running node lives: recorded while it does, looked for afterwards."""

    folder: Path
    init: int
    namespaces: frozenset[str]
    groups: tuple[Path, ...]

    def left(self) -> list[str]:
        """What is still there of it, in words."""
        found = [f"{path} exists" for path in (self.folder, *self.groups) if path.exists()]
        mine = str(self.folder).encode()
        for process in (path for path in PROC.iterdir() if path.name.isdecimal()):
            with suppress(OSError):  # ended while we looked
                if mine in (process / "cmdline").read_bytes():
                    found.append(f"process {process.name} speaks of the node")
                if self.namespaces & _namespaces(process):
                    found.append(f"process {process.name} lives in the node")
        if mine.decode() in (PROC / "self" / "mounts").read_text():
            found.append("a mount")
        return found


def traces(node: Node) -> Traces:
    """The traces of a node that runs."""
    outer = (node.folder / "node.pid").read_text().strip()
    init = int(_child(_child(outer)))
    own = _namespaces(PROC / "self")
    inner = _namespaces(PROC / str(init))
    assert len(inner - own) == len(KINDS), "it has namespaces of its own"
    return Traces(node.folder, init, inner, tuple(groups.listed(node.folder)))


def machine() -> tuple[set[str], set[str], set[str]]:
    """What belongs to the machine: its interfaces, its mounts, and the folders that nodes use."""
    places = ("/var/lib/kubelet", "/var/lib/containerd", "/var/lib/cni", "/opt/containerd")
    return (
        {path.name for path in Path("/sys/class/net").iterdir()},
        set((PROC / "self" / "mounts").read_text().splitlines()),
        {place for place in places if Path(place).exists()},
    )


def _namespaces(process: Path) -> frozenset[str]:
    return frozenset(str((process / "ns" / kind).readlink()) for kind in KINDS)


def _child(pid: str) -> str:
    return (PROC / pid / "task" / pid / "children").read_text().split()[0]
