"""What a machine must have for a real node, and one sentence about what it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.cluster import groups
from tests.cluster.failure import StepFailed
from tests.cluster.node.sandbox import NAMESPACES

PROGRAMS = ("unshare", "nsenter", "setpriv", "mount", "umount", "hostname", "apt-get", "dpkg-deb")
ADVICE = "use a machine that has it, or run these tests against a cluster of your own"


def check() -> None:
    """Go on if a real node can run here.

    Raises:
        StepFailed: saying in one sentence why it cannot.
    """
    if cause := missing():
        raise StepFailed("start a real node", cause, advice=ADVICE)


def missing() -> str:
    """Why a real node cannot run here; empty when it can."""
    if sys.platform != "linux":
        return f"it needs Linux, and this is {sys.platform}"
    if os.geteuid() != 0:
        return "it needs root, to make namespaces, mounts and control groups"
    if absent := [program for program in PROGRAMS if not shutil.which(program)]:
        return f"it needs {', '.join(absent)} on the PATH"
    if not any("memory" in options for options in groups.hierarchies().values()):
        return "it needs control groups of version 1, and this machine has none mounted"
    return _refusal()


def _refusal() -> str:
    """What the kernel says to a process that wants namespaces of its own and mounts in them."""
    trial = subprocess.run(
        ["unshare", *NAMESPACES, "--fork", "mount", "-t", "tmpfs", "none", "/run"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return f"it may not make namespaces: {trial.stderr.strip()}" if trial.returncode else ""
