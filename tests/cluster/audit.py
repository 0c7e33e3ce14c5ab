"""The API server's own record of who asked for what: the judge of every promise about requests."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
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


class AuditLog:
    """Reads the log of one cluster; the policy makes every request one line, watches included."""

    def __init__(self, path: Path, api: Api) -> None:
        self._path = path
        self._api = api

    def mark(self) -> int:
        """A point in time to count from: all that was answered before it lies behind it."""
        return self._catch_up()

    def requests(self, *, since: int = 0, **expected: str | int) -> list[Request]:
        """The requests after a mark whose fields equal `expected`, in order of their answers.

        For example `requests(since=mark, user="system:kwok", verb="patch")`. A mark of zero is the
        start of the cluster.
        """
        end = self._catch_up()
        return [
            request
            for request in self._read(since, end)
            if all(getattr(request, field) == value for field, value in expected.items())
        ]

    def _read(self, start: int, end: int) -> Iterator[Request]:
        with self._path.open("rb") as log:
            log.seek(start)
            for line in log.read(end - start).splitlines():
                request = Request.parse(line)
                if request.user_agent != MARKER_AGENT:
                    yield request

    def _catch_up(self) -> int:
        """Ask something unmistakable and wait until it is in the log; return where it ends."""
        before = self._path.stat().st_size
        marker = f"/version?marker={uuid.uuid4()}"
        code, answer = self._api.request("GET", marker, agent=MARKER_AGENT)
        assert code == HTTPStatus.OK, answer
        return wait_until(lambda: self._end_of(marker, before), "the audit log to catch up")

    def _end_of(self, marker: str, start: int) -> int:
        with self._path.open("rb") as log:
            log.seek(start)
            grown = log.read()
        found = grown.find(marker.encode())
        end_of_line = grown.find(b"\n", found)
        return start + end_of_line + 1 if found >= 0 and end_of_line >= 0 else 0
