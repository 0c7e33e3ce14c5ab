"""The audit log judges by when requests came: on a busy machine their lines stand in any order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cluster.audit import AuditLog

if TYPE_CHECKING:
    from pathlib import Path


class Server:
    """Writes the lines that the API server would, at the times that a test says."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seconds = 0
        path.touch()

    def answered(self, agent: str, came: int, uri: str = "/") -> None:
        """Add the line of a request."""
        line = {
            "user": {"username": "somebody"},
            "verb": "get",
            "stage": "ResponseComplete",
            "userAgent": agent,
            "requestReceivedTimestamp": f"2026-11-22T10:00:{came:02}.000000Z",
            "requestURI": uri,
        }
        with self._path.open("a") as log:
            log.write(json.dumps(line) + "\n")

    def request(self, _method: str, path: str, *, agent: str) -> tuple[int, None]:
        """Answer a request of the log itself."""
        self.answered(agent, self.seconds, path)
        return 200, None


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server whose log is empty."""
    return Server(tmp_path / "audit.log")


@pytest.fixture
def audit(server: Server, tmp_path: Path) -> AuditLog:
    """The reader of its log."""
    return AuditLog(tmp_path / "audit.log", server)  # type: ignore[arg-type]


def _agents(audit: AuditLog, since: int = 0) -> list[str]:
    return [each.user_agent for each in audit.requests(since=since)]


def test_a_reaction_follows_its_cause(server: Server, audit: AuditLog) -> None:
    """A write is seen by a watch before it is answered, and may be reacted to at once."""
    server.answered("reaction", came=2)
    server.answered("cause", came=1)

    assert _agents(audit) == ["cause", "reaction"]


def test_what_came_before_a_mark_lies_behind_it(server: Server, audit: AuditLog) -> None:
    """Although it is answered after it; what comes between two marks is counted once."""
    server.answered("early", came=1)
    server.seconds = 3
    mark = audit.mark()
    server.answered("late", came=2)
    server.answered("new", came=4)
    server.seconds = 5
    after = audit.mark()
    server.answered("last", came=6)

    assert _agents(audit) == ["early", "late", "new", "last"]
    assert _agents(audit, mark) == ["new", "last"]
    assert _agents(audit, after) == ["last"]
