"""A few direct requests to the API server, for what kubectl is too slow or too polite to ask."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 10


@dataclass(frozen=True)
class Api:
    """Speaks to one API server as one user, and verifies whom it speaks to."""

    port: int
    authority: Path
    certificate: Path
    key: Path

    def request(
        self, method: str, path: str, body: object = None, *, agent: str = "testbed"
    ) -> tuple[int, Any]:
        """Send one request and return the status code and the decoded answer.

        Raises:
            OSError: nobody answered.
        """
        tls = ssl.create_default_context(cafile=str(self.authority))
        tls.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        tls.load_cert_chain(self.certificate, self.key)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=TIMEOUT, context=tls
        )
        headers = {"User-Agent": agent, "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            return response.status, _decode(response.read())
        finally:
            connection.close()

    def healthy(self, path: str) -> bool:
        """Whether a health endpoint answers that all is well."""
        try:
            return self.request("GET", path)[0] == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def _decode(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return answer.decode(errors="replace")
