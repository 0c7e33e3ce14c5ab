"""The outer half of a node: enters its control groups, makes its namespaces, outlives them.

It runs outside, holds the node's ports on the loopback address of the machine, and hands them to
process 1 inside. When that ends, by whatever cause, nothing of the node may stay.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.cluster import groups
from tests.cluster.paths import ROOT

INIT = Path(__file__).with_name("init.py")
PLAN = "sandbox.json"
READY = "inside"

NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup")


def command(folder: Path) -> list[str]:
    """The command line of the sandbox of the node that lives in `folder`."""
    module = [sys.executable, "-m", "tests.cluster.node.sandbox", str(folder)]
    return ["/usr/bin/env", f"PYTHONPATH={ROOT}", *module]


def write_plan(folder: Path, *, name: str, packages: Path, ports: list[int]) -> None:
    """Write what process 1 must know: it can import nothing of ours."""
    plan = {
        "name": name,
        "folder": str(folder),
        "packages": str(packages),
        "ports": ports,
        "hierarchies": groups.hierarchies(),
        "ready": str(folder / READY),
    }
    (folder / PLAN).write_text(json.dumps(plan, indent=1))


def run(folder: Path) -> int:
    """Run process 1 to its end, then remove what the kernel does not."""
    ports = json.loads((folder / PLAN).read_text())["ports"]
    listeners = [socket.create_server(("127.0.0.1", port), backlog=128) for port in ports]
    numbers = [listener.fileno() for listener in listeners]
    groups.join(folder)
    code = subprocess.call(
        [
            *("setpriv", "--pdeathsig", "KILL", "--"),
            *("unshare", *NAMESPACES, "--fork", "--kill-child", "--propagation", "private"),
            *("--mount-proc", sys.executable, "-I", str(INIT), str(folder / PLAN)),
            *map(str, numbers),
        ],
        pass_fds=numbers,
    )
    if (folder / READY).exists():  # else whoever starts the node wants to read the logs
        groups.leave(folder)
        groups.remove(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
