"""The one error of the test bed: which step failed, what its log says, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TAIL_LINES = 20


class StepFailed(Exception):
    """A step of building or starting a cluster did not succeed."""

    def __init__(self, step: str, cause: str, *, advice: str, log: Path | None = None) -> None:
        parts = [f"{step} failed: {cause}"]
        if log is not None:
            parts.append(f"The last lines of its log:\n{tail(log)}")
        parts.append(f"What to do: {advice}")
        super().__init__("\n".join(parts))


def tail(log: Path) -> str:
    """The last lines of a log, indented, or a note that it holds nothing."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:] or ["(nothing was written)"])
