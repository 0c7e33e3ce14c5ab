"""Requests under the name of any field manager, without the price of a kubectl process."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from microservice_operator.cluster.encoding import applied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.api import Api

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
AGENT = "tests"
TIMEOUT = 20


class Refused(Exception):
    """The API server said no."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Writer:
    """Somebody with the administrator's rights."""

    api: Api

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content: str = JSON,
        agent: str = AGENT,
        query: dict[str, str] | None = None,
    ) -> Any:
        """Send one request and return the decoded answer.

        Raises:
            Refused: the answer is not a success, or not what the API of a kind says.
            OSError: nobody answered.
        """
        connection = self._connect()
        headers = {"User-Agent": agent, "Content-Type": content}
        try:
            target = f"{path}?{urlencode(query)}" if query else path
            said = None if body is None else applied(body).encode()
            connection.request(method, target, said, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= http.client.MULTIPLE_CHOICES:
            raise Refused(response.status, answer.decode())
        try:
            return json.loads(answer)
        except ValueError as error:
            raise Refused(response.status, answer.decode(errors="replace")) from error

    def watch(self, path: str, version: str, seconds: int) -> Iterator[dict[str, Any]]:
        """The events of a watch that ends by itself.

        Raises:
            Refused: there is no watch.
            OSError: nobody answered, or the connection broke.
        """
        connection = self._connect()
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        try:
            connection.request("GET", f"{path}?{urlencode(query)}", headers={"User-Agent": AGENT})
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise Refused(response.status, response.read().decode())
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self.api.port, timeout=TIMEOUT, context=self._tls
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.api.authority))
        context.load_cert_chain(self.api.certificate, self.api.key)
        return context
