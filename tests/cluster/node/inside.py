"""The processes of a node: each is held by one outside, and faults must strike the one inside."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from tests.cluster.processes import Processes

HOLDER = "nsenter"  # waits outside for the component that it has started inside


class InsideProcesses(Processes):
    """As for any cluster; pausing and killing mean the component itself."""

    @override
    def _living(self, name: str) -> int:
        pid = super()._living(name)
        process = Path("/proc") / str(pid)
        if (process / "comm").read_text().strip() != HOLDER:
            return pid
        return int((process / "task" / str(pid) / "children").read_text())
