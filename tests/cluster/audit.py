"""The API server's own record of who asked for what: the judge of every promise about requests."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.api import Api

MARKER_AGENT = "testbed-audit-marker"


@dataclass(frozen=True)
class Request:
    """One request as the API server saw it; what does not apply is empty."""

    user: str
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    message: str
    stage: str
    user_agent: str
    received: datetime
    uri: str

    @classmethod
    def parse(cls, line: bytes) -> Request:
        """Read one line of the log."""
        entry: dict[str, Any] = json.loads(line)
        target: dict[str, str] = entry.get("objectRef", {})
        answer: dict[str, Any] = entry.get("responseStatus", {})
        return cls(
            user=entry["user"]["username"],
            verb=entry["verb"],
            group=target.get("apiGroup", ""),
            resource=target.get("resource", ""),
            subresource=target.get("subresource", ""),
            namespace=target.get("namespace", ""),
            name=target.get("name", ""),
            code=answer.get("code", 0),
            message=answer.get("message", ""),
            stage=entry["stage"],
            user_agent=entry.get("userAgent", ""),
            received=datetime.fromisoformat(entry["requestReceivedTimestamp"]),
            uri=entry["requestURI"],
        )


class Line(NamedTuple):
    """Where a line stands in the log."""

    start: int
    end: int


class AuditLog:
    """Reads the log of one cluster; the policy makes every request one line, watches included.

    A line is written when a request has been answered, and others may have seen its effect and
    reacted to it by then. So what counts is when a request has come, not where its line stands.
    """

    def __init__(self, path: Path, api: Api) -> None:
        self._path = path
        self._api = api

    def mark(self) -> int:
        """A point in time to count from: all that was asked before it lies behind it."""
        return self._ask().start

    def requests(self, *, since: int = 0, **expected: str | int) -> list[Request]:
        """The requests that came after a mark and whose fields equal `expected`, as they came.

        For example `requests(since=mark, user="system:kwok", verb="patch")`. A mark of zero is the
        start of the cluster.
        """
        lines = self._read(since, self._ask().end).splitlines()
        found = map(Request.parse, lines)
        began = next(found).received if since else datetime.min.replace(tzinfo=UTC)
        return sorted(
            (
                request
                for request in found
                if request.user_agent != MARKER_AGENT
                and request.received >= began
                and all(getattr(request, field) == value for field, value in expected.items())
            ),
            key=lambda request: request.received,
        )

    def _read(self, start: int, end: int | None = None) -> bytes:
        with self._path.open("rb") as log:
            log.seek(start)
            return log.read(end - start if end else -1)

    def _ask(self) -> Line:
        """Ask something unmistakable and wait until it is in the log; return where its line is."""
        before = self._path.stat().st_size
        marker = f"/version?marker={uuid.uuid4()}"
        code, answer = self._api.request("GET", marker, agent=MARKER_AGENT)
        assert code == HTTPStatus.OK, answer
        return wait_until(lambda: self._line_with(marker, before), "the audit log to catch up")

    def _line_with(self, marker: str, start: int) -> Line | None:
        grown = self._read(start)
        found = grown.find(marker.encode())
        end = grown.find(b"\n", found)
        if found < 0 or end < 0:
            return None
        return Line(start + grown.rfind(b"\n", 0, found) + 1, start + end + 1)
