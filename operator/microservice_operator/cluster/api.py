"""The API client: plain requests by path, and the errors that they can end in."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from kubernetes.aio.client.rest import RESTClientObject

from microservice_operator.cluster import credentials, encoding
from microservice_operator.cluster.credentials import NoCredentials
from microservice_operator.cluster.limiter import Limiter
from microservice_operator.errors import OperatorError
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from kubernetes.aio.client import Configuration

log = logging.getLogger(__name__)

# With a parameter, which the server ignores, the client takes the text as it is.
APPLY = "application/apply-patch+yaml; charset=utf-8"
JSON_PATCH = "application/json-patch+json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
MERGE_PATCH = "application/merge-patch+json"
JSON = "application/json"

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
RELOAD_AT_MOST_EVERY = 1.0
COMPLAIN_EVERY = 60.0
OK = 300
UNAUTHORIZED, FORBIDDEN, TOO_MANY, SERVER_ERROR = 401, 403, 429, 500
OVERLOAD = frozenset({TOO_MANY, 503, 504})
LONGEST_RETRY_AFTER = 60.0
# A stream ends within five minutes, or after a minute of silence; closing its session earlier
# would leave its reader waiting for ever.
LONGEST_STREAM = 400.0


class ApiError(OperatorError):
    """The API server answered, and not with success."""

    def __init__(self, code: int, reason: str, message: str, retry_after: float = 0.0) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.code in (UNAUTHORIZED, TOO_MANY) or self.code >= SERVER_ERROR


class Unreachable(OperatorError):
    """No answer came: the server is away, or slower than we wait."""


class Unanswered(Unreachable):
    """The request went out, and no answer came."""


class _Verdict(msgspec.Struct):
    """The fields that we read of a `Status` object."""

    reason: str = ""
    message: str = ""


class Api:
    """Requests to one API server, limited in number and in time."""

    def __init__(self, configuration: Configuration, limiter: Limiter) -> None:
        self.limiter = limiter
        self._loaded_at = monotonic()
        self._old: set[RESTClientObject] = set()
        self._missed: dict[str, float] = {}
        self.may_write: Callable[[], bool] = lambda: True
        self._use(configuration)

    @classmethod
    async def connect(cls) -> Api:
        """Connect with the credentials that this process finds."""
        return cls(await credentials.load(), Limiter())

    async def close(self) -> None:
        """End all connections."""
        for rest in (self._rest, *self._old):
            await rest.close()
        self._old.clear()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content: str = JSON,
        accept: str = JSON,
    ) -> bytes:
        """Send one request and return the body of its answer.

        Raises:
            ApiError: the server refuses.
            Unreachable: the server does not answer, or it is not our turn to write.
        """
        async with self.limiter.place():
            if method != "GET" and not self.may_write():
                raise Unreachable(f"{method} {path}: another operator leads")
            try:
                return await self._exchange(method, path, query, body, content, accept)
            except Unanswered:
                self.limiter.overloaded()
                raise

    async def direct(self, method: str, path: str, body: object, content: str = JSON) -> bytes:
        """Send one request at once, whoever leads and however busy we are.

        Raises:
            ApiError: the server refuses.
            Unreachable: the server does not answer.
        """
        return await self._exchange(method, path, None, body, content, JSON)

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        content: str,
        accept: str,
    ) -> bytes:
        try:
            answer = await self._send(method, path, query, body, content, accept, TIMEOUT)
            data = await answer.read()
        except NoCredentials as error:
            raise Unreachable(f"{method} {path}: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            metrics.request(method, "<error>")
            raise Unanswered(f"{method} {path}: {type(error).__name__} {error}") from error
        if answer.status < OK:
            self.limiter.succeeded()
            return data
        raise await self._refusal(answer, data)

    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], silence: float, accept: str = JSON
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """Open a watch; it ends by itself after `silence` seconds without a byte."""
        timeout = aiohttp.ClientTimeout(total=None, connect=3, sock_read=silence)
        try:
            answer = await self._send("GET", path, query, None, JSON, accept, timeout)
        except NoCredentials as error:
            raise Unreachable(f"GET {path}: {error}") from error
        try:
            if answer.status >= OK:
                raise await self._refusal(answer, await answer.read())
            yield answer.content
        finally:
            answer.close()

    async def _send(  # noqa: PLR0913, PLR0917  the parts of a request
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        content: str,
        accept: str,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  it is the session that keeps it
    ) -> aiohttp.ClientResponse:
        url = self._configuration.host + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": accept, "Content-Type": content, "User-Agent": "microservice-operator"}
        headers |= await credentials.authorization(self._configuration)
        started = monotonic()
        said = encoding.applied(body) if content == APPLY else body
        answer = await self._rest.request(  # type: ignore[no-untyped-call]  # the client's gap
            method, url, headers=headers, body=said, _request_timeout=timeout
        )
        metrics.request(method, str(answer.status), monotonic() - started)
        response: aiohttp.ClientResponse = answer.response
        return response

    async def _refusal(self, answer: aiohttp.ClientResponse, data: bytes) -> ApiError:
        """Say what the server said; slow down or log in again where that is what it asks for."""
        error = ApiError(answer.status, *_words(data), _seconds(answer.headers.get("Retry-After")))
        if error.code == UNAUTHORIZED:
            await self._reload()
        elif error.code == FORBIDDEN:
            self._miss(error.message)
        elif error.code in OVERLOAD:
            self.limiter.overloaded(error.retry_after)
        return error

    def _miss(self, message: str) -> None:
        """Name a right that we lack, at once and then once a minute, whatever it was wanted for."""
        _, cannot, right = message.partition('" cannot ')
        if cannot and monotonic() - self._missed.get(right, float("-inf")) >= COMPLAIN_EVERY:
            self._missed[right] = monotonic()
            log.warning("right missing", extra={"right": right})

    async def _reload(self) -> None:
        """Read the credentials again: a token may have been rotated."""
        if monotonic() - self._loaded_at < RELOAD_AT_MOST_EVERY:
            return
        self._loaded_at = monotonic()
        old = self._rest
        try:
            self._use(await credentials.load())
        except (NoCredentials, OSError) as error:
            log.warning("credentials cannot be read", extra={"error": str(error)})
        else:
            self._old.add(old)
            asyncio.get_running_loop().call_later(LONGEST_STREAM, self._close_soon, old)

    def _use(self, configuration: Configuration) -> None:
        self._rest = RESTClientObject(configuration)
        self._configuration = configuration

    def _close_soon(self, rest: RESTClientObject) -> None:
        """Close a session that nobody uses any more."""
        if rest in self._old:
            self._old.discard(rest)
            self._closing = asyncio.ensure_future(rest.close())


def _words(data: bytes) -> tuple[str, str]:
    try:
        verdict = msgspec.json.decode(data, type=_Verdict)
    except msgspec.DecodeError:
        return "", data[:200].decode(errors="replace")
    return verdict.reason, verdict.message


def _seconds(header: str | None) -> float:
    return min(float(header), LONGEST_RETRY_AFTER) if header and header.isdigit() else 0.0


def decoded(data: bytes) -> dict[str, Any]:
    """The JSON object in these bytes."""
    result: dict[str, Any] = msgspec.json.decode(data)
    return result
