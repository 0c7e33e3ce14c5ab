"""One LIST and WATCH per child kind: what lives is told to a sink, again and again, for ever."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import aiohttp
import msgspec

from microservice_operator.cluster.api import JSON, METADATA, METADATA_LIST, ApiError, Unreachable
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from microservice_operator.cluster.api import Api
    from microservice_operator.model import Kind

log = logging.getLogger(__name__)

PAGE = "500"
LISTS_AT_ONCE = 3
STREAM_SECONDS = (240, 300)
SILENCE_SECONDS = 70
STABLE_SECONDS = 10
COMPLAIN_EVERY = 60.0
# An API server that has just started does not know the roles yet.
BELIEVED_AFTER = 5.0
FORBIDDEN, GONE = 403, 410


class Sink(Protocol):
    """Who wants to know."""

    def listed(self, kind: Kind, namespace: str, version: str, objects: Iterable[bytes]) -> None:
        """These and no others lived at this version."""

    def seen(self, kind: Kind, raw: bytes) -> None:
        """An object is new or has changed."""

    def gone(self, kind: Kind, raw: bytes) -> None:
        """An object no longer lives, or no longer carries our label."""


class Expired(Exception):
    """The server no longer knows the version that we have seen: list again."""


class _Meta(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct):
    metadata: _Meta
    items: list[msgspec.Raw] | None = None


class _Event(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _Bare(msgspec.Struct):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    code: int = 0
    message: str = ""


_lists = msgspec.json.Decoder(_List)
_events = msgspec.json.Decoder(_Event)
_bare = msgspec.json.Decoder(_Bare)


@dataclass
class Watch:
    """The watch of one kind in one namespace, or in all when it is empty.

    `synced` is set by the first list; also when that is forbidden, for nobody knows until when.
    """

    api: Api
    kind: Kind
    namespace: str
    selector: Mapping[str, str]
    sink: Sink
    lists: asyncio.Semaphore
    delays: Iterable[float]
    names_only: bool = False
    """Whether the metadata of the objects is enough."""
    synced: asyncio.Event = field(default_factory=asyncio.Event)
    alive: float = field(default_factory=monotonic)
    trouble: str = ""
    _complained_at: float = float("-inf")
    _forbidden_since: float | None = None
    _version: str = ""
    _skipped: str = ""

    def forget(self) -> None:
        """The kind has left; should it return, everything is new."""
        self._version = self.trouble = ""
        self._complained_at = float("-inf")
        self._forbidden_since = None
        self.synced.clear()

    async def run(self) -> None:
        """Follow the kind for ever; whatever breaks is taken up again where it broke."""
        delays = iter(self.delays)
        while True:
            began = monotonic()
            try:
                if not self._version:
                    await self._list()
                await self._follow()
            except Expired:
                self._version = ""
            except (ApiError, Unreachable, aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, ApiError) and error.code == GONE:
                    self._version = ""
                self._complain(error)
                self._judge(error)
            self.alive = monotonic()
            if self.alive - began >= STABLE_SECONDS:
                delays = iter(self.delays)
            else:
                await asyncio.sleep(next(delays))

    async def _list(self) -> None:
        """Read everything, page by page; a page that has expired starts the list anew."""
        objects: list[bytes] = []
        query = {**self.selector, "limit": PAGE}
        async with self.lists:
            while True:
                path = self.kind.collection(self.namespace)
                answer = await self.api.request(
                    "GET", path, query=query, accept=METADATA_LIST if self.names_only else JSON
                )
                page = _lists.decode(answer)
                objects += map(bytes, page.items or ())
                if not page.metadata.continue_:
                    break
                query["continue"] = page.metadata.continue_
        self._heard()
        version = page.metadata.resource_version
        self.sink.listed(self.kind, self.namespace, version, objects)
        self._version = version
        self.synced.set()

    async def _follow(self) -> None:
        """Read the changes since the version that we have seen."""
        query = {
            **self.selector,
            "watch": "true",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(*STREAM_SECONDS)),  # noqa: S311  spreads load
        }
        path = self.kind.collection(self.namespace)
        accept = METADATA if self.names_only else JSON
        async with self.api.stream(path, query, SILENCE_SECONDS, accept) as lines:
            async for line in _whole_lines(lines):
                try:
                    self._take(_events.decode(line))
                except msgspec.MsgspecError as error:
                    self._skip(error)

    def _take(self, event: _Event) -> None:
        bare = _bare.decode(event.object)
        self._heard()
        match event.type:
            case "ADDED" | "MODIFIED":
                self.sink.seen(self.kind, bytes(event.object))
            case "DELETED":
                self.sink.gone(self.kind, bytes(event.object))
            case "ERROR" if bare.code == GONE:
                raise Expired
            case "ERROR":
                raise ApiError(bare.code, "", bare.message)
            case _:  # a bookmark: only its version counts
                pass
        self._version = bare.metadata.resource_version

    def _skip(self, error: msgspec.MsgspecError) -> None:
        """Go on after an event that makes no sense: all others would wait behind it for ever."""
        if str(error) != self._skipped:
            self._skipped = str(error)
            about = {"kind": self.kind.name, "error": self._skipped}
            log.warning("event skipped", extra=about)

    def _judge(self, error: Exception) -> None:
        """What we may not see must not hold up what we may: writes ask the server anyway."""
        if not (isinstance(error, ApiError) and error.code == FORBIDDEN):
            self._forbidden_since = None
        elif self._forbidden_since is None:
            self._forbidden_since = monotonic()
        elif monotonic() - self._forbidden_since >= BELIEVED_AFTER:
            self.synced.set()

    def _complain(self, error: Exception) -> None:
        """Say that the watch does not work: at once, then once a minute."""
        self.trouble = str(error) or type(error).__name__
        if monotonic() - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = monotonic()
            about = {"kind": self.kind.name, "namespace": self.namespace or "*"}
            log.warning("watch does not work", extra=about | {"error": self.trouble})

    def _heard(self) -> None:
        if self.trouble:
            self.trouble = ""
            if self._complained_at > float("-inf"):
                log.info("watch works again", extra={"kind": self.kind.name})
            self._complained_at = float("-inf")
        self.alive = monotonic()
        metrics.heard(self.kind.name)


async def _whole_lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines that ended; a line cut off by a broken connection is no event."""
    async for line in stream:
        if line.endswith(b"\n"):
            yield line
