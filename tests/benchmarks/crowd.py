"""Many users at once: the same request for every app, over connections that stay open."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.cluster.api import Api

USERS = 8
TIMEOUT = 60
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: Any = None
    content: str = JSON


class Crowd:
    """Administrators who share the work."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._pool = ThreadPoolExecutor(USERS)
        self._own = threading.local()
        self._connections: list[http.client.HTTPSConnection] = []

    def close(self) -> None:
        """Send them home."""
        self._pool.shutdown()
        for connection in self._connections:
            connection.close()

    def send(self, calls: Iterable[Call]) -> None:
        """Send all of them, several at a time; each must succeed."""
        for _ in self._pool.map(self.ask, calls):
            pass

    def ask(self, call: Call, *, missing: bool = False) -> Any:
        """Send one and return the decoded answer; None for what may be missing, and is."""
        try:
            response = self._send(call)
        except (http.client.HTTPException, OSError):
            self._connection().close()  # it was idle for too long: the next request opens it again
            response = self._send(call)
        answer = response.read()
        if missing and response.status == http.client.NOT_FOUND:
            return None
        assert response.status < http.client.MULTIPLE_CHOICES, answer.decode()
        return json.loads(answer)

    def _send(self, call: Call) -> http.client.HTTPResponse:
        connection = self._connection()
        body = None if call.body is None else json.dumps(call.body)
        headers = {"User-Agent": "crowd", "Content-Type": call.content}
        connection.request(call.method, call.path, body, headers)
        return connection.getresponse()

    def _connection(self) -> http.client.HTTPSConnection:
        if not hasattr(self._own, "connection"):
            tls = ssl.create_default_context(cafile=str(self._api.authority))
            tls.load_cert_chain(self._api.certificate, self._api.key)
            self._own.connection = http.client.HTTPSConnection(
                "127.0.0.1", self._api.port, timeout=TIMEOUT, context=tls
            )
            self._connections.append(self._own.connection)
        connection: http.client.HTTPSConnection = self._own.connection
        return connection
