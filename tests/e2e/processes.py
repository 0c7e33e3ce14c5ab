"""The operator's processes as the real node sees them: to be killed, frozen and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cluster import Node
    from tests.e2e.release import Release

OURS = "grep -ls microservice-operator /proc/[0-9]*/cmdline"
OF_POD = "grep -ls {uid} $(" + OURS + " | sed s/cmdline/cgroup/) || true"  # processes come and go


def process_of(node: Node, operator: Release, pod: str) -> str:
    """The number of the operator's process in a pod, as processes of the node know it."""
    [uid] = [it["metadata"]["uid"] for it in operator.pods() if it["metadata"]["name"] == pod]
    [found] = node.run("sh", "-c", OF_POD.format(uid=uid)).stdout.split()
    return found.split("/")[2]


def resident(node: Node, process: str) -> float:
    """The memory of a process that is not shared with the disk, in MiB."""
    [line] = node.run("grep", "VmRSS", f"/proc/{process}/status").stdout.splitlines()
    return int(line.split()[1]) / 1024
