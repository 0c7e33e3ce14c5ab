"""The control groups of a node: a folder of its own in every hierarchy, and their removal."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.cluster.waiting import wait_until

FILE = "groups"
REMOVAL_TIMEOUT = 20


def hierarchies() -> dict[str, str]:
    """Where each hierarchy of version 1 is mounted, and the option that names it."""
    found = {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup":
            found[place] = ",".join(_identity(options))
    return found


def create(folder: Path) -> None:
    """Make the groups of the node that lives in `folder`, below those of this process."""
    own = _own_groups()
    groups = [
        Path(place + own[frozenset(options.split(","))].rstrip("/")) / f"testbed-{folder.name}"
        for place, options in hierarchies().items()
    ]
    (folder / FILE).write_text("".join(f"{group}\n" for group in groups))
    for group in groups:
        group.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group, which admits nobody
            if (group / name).exists():
                (group / name).write_text((group.parent / name).read_text())
        if (group / "cgroup.clone_children").exists():
            (group / "cgroup.clone_children").write_text("1")


def join(folder: Path) -> None:
    """Move this process into the groups of a node."""
    for group in listed(folder):
        (group / "cgroup.procs").write_text("0")


def leave(folder: Path) -> None:
    """Move this process out of the groups of a node, which could not be removed else."""
    for group in listed(folder):
        (group.parent / "cgroup.procs").write_text("0")


def listed(folder: Path) -> list[Path]:
    """The groups of the node that lives in `folder`; a cluster without a node has none."""
    file = folder / FILE
    return [Path(line) for line in file.read_text().splitlines()] if file.exists() else []


def remove(folder: Path) -> None:
    """Remove the groups, and all that the kubelet has made in them, once they are empty."""
    for group in listed(folder):
        wait_until(partial(_removed, group), f"{group} to be empty", REMOVAL_TIMEOUT)


def _removed(group: Path) -> bool:
    inner = [path for path in group.rglob("*") if path.is_dir()]
    for path in [*sorted(inner, reverse=True), group]:
        with suppress(OSError):  # gone already, or a process in it is about to end
            path.rmdir()
    return not group.exists()


def _own_groups() -> dict[frozenset[str], str]:
    lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    return {frozenset(names.split(",")): path for _, names, path in lines if names}


def _identity(options: str) -> list[str]:
    """What tells a hierarchy from the others: its controllers, or its name."""
    general = re.compile(
        r"rw|ro|relatime|noatime|nosuid|nodev|noexec|xattr|clone_children|.*_agent.*"
    )
    return [option for option in options.split(",") if not general.fullmatch(option)]
