"""What a process has used: its CPU time and its memory, as the kernel counts them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Usage:
    """CPU seconds since its start, and resident memory in MiB: now, and at its highest."""

    cpu: float
    rss: float
    peak: float

    @classmethod
    def of(cls, pid: int) -> Usage:
        """The usage of a living process, all its threads together."""
        proc = Path(f"/proc/{pid}")
        user, system = (proc / "stat").read_text().rpartition(")")[2].split()[11:13]
        lines = (line.split() for line in (proc / "status").read_text().splitlines())
        kib = {line[0]: int(line[1]) for line in lines if line[0] in {"VmRSS:", "VmHWM:"}}
        return cls(
            cpu=(int(user) + int(system)) / TICKS,
            rss=kib["VmRSS:"] / KIB_PER_MIB,
            peak=kib["VmHWM:"] / KIB_PER_MIB,
        )


def cpu_of_imports() -> float:
    """The CPU seconds that it takes to import the operator and do nothing, at its quickest."""
    return min(_cpu_of_imports() for _ in range(3))


def _cpu_of_imports() -> float:
    child = subprocess.Popen([sys.executable, "-c", "import microservice_operator.__main__"])
    _, code, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(code)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime
