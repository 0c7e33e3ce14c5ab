"""Finds Microservices that left unseen: kopf tells of no deletion that it has missed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from microservice_operator.cluster.api import METADATA_LIST, ApiError, Unreachable
from microservice_operator.engine.backoff import EndlessBackoffs
from microservice_operator.model.kinds import MICROSERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from microservice_operator.cluster.api import Api
    from microservice_operator.engine.microservices import Microservices
    from microservice_operator.engine.queue import Key

log = logging.getLogger(__name__)

CALM_SECONDS = 0.5
LONGEST_WAIT = 30.0
# An API server that has just started knows no custom resources yet.
BELIEVED_AFTER = 5.0
PAGE = "500"
FORBIDDEN, NOT_FOUND = 403, 404
RETRIES = EndlessBackoffs(0.5, 10)


class _Metadata(msgspec.Struct):
    uid: str


class _Item(msgspec.Struct):
    metadata: _Metadata


class _ListMetadata(msgspec.Struct):
    continue_: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct):
    metadata: _ListMetadata
    items: list[_Item] | None = None


_lists = msgspec.json.Decoder(_List)


class Census:
    """Counts who is there, whenever the watch of Microservices has begun anew.

    Each namespace that is served has its own: one that is forbidden, or not there, waits alone.
    """

    def __init__(
        self,
        api: Api,
        namespace: str,
        microservices: Microservices,
        gone: Callable[[Key], None],
        counted: Callable[[str], None],
    ) -> None:
        self._api = api
        self.namespace = namespace
        self._microservices = microservices
        self._gone = gone
        self._counted = counted
        self._asked = asyncio.Event()
        self._asked.set()
        self._complaint = ""
        self.taken = False
        self.forbidden = False
        self.deaf: Callable[[], None] = _nothing

    def ask(self) -> None:
        """The watch tells of what was there before it: a new census is due."""
        self._asked.set()

    async def run(self) -> None:
        """Take one census for each time that asks for it, for ever."""
        while True:
            await self._asked.wait()
            await self._calm()
            try:
                await self._take()
            except BaseException:
                self._asked.set()  # whoever asked gets an answer in the end
                raise

    async def _take(self) -> None:
        seen = self._uids()
        there = await self._count()
        for key in self._microservices.sweep(seen, there):
            about = {"namespace": key.namespace, "microservice": key.name}
            log.info("microservice left unseen", extra=about)
            self._gone(key)
        if await self._seen(there):
            self.taken = True
            self._counted(self.namespace)
        else:
            log.warning("watcher is deaf", extra={"unseen": len(there - self._uids())})
            self.deaf()

    async def _seen(self, there: set[str]) -> bool:
        """Whether kopf tells of them within a while; one is enough, for others may have left."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LONGEST_WAIT
        while not there <= self._uids():
            if loop.time() >= deadline:
                return bool(there & self._uids())
            await asyncio.sleep(CALM_SECONDS / 10)
        return True

    async def _calm(self) -> None:
        """Wait until the watch has told all: its list comes as one burst."""
        while self._asked.is_set():
            self._asked.clear()
            await asyncio.sleep(CALM_SECONDS)

    async def _count(self) -> set[str]:
        """The uids of all Microservices; none, where their kind does not exist."""
        missing_since: float | None = None
        for delay in RETRIES:
            try:
                there = await self._list()
            except (ApiError, Unreachable) as error:
                self._complain(error)
                now = asyncio.get_running_loop().time()
                if not isinstance(error, ApiError) or error.code != NOT_FOUND:
                    missing_since = None
                elif missing_since is None:
                    missing_since = now
                elif now - missing_since >= BELIEVED_AFTER:
                    return set()
                await asyncio.sleep(delay)
            else:
                self.forbidden = False
                return there
        raise AssertionError("the delays have no end")

    def _complain(self, error: ApiError | Unreachable) -> None:
        """Say what keeps us from counting: the same words once are enough."""
        self.forbidden = isinstance(error, ApiError) and error.code == FORBIDDEN
        if self.forbidden:
            self._counted(self.namespace)
        if str(error) != self._complaint:
            self._complaint = str(error)
            about = {"namespace": self.namespace or "*", "error": self._complaint}
            log.warning("microservices cannot be listed", extra=about)

    def _uids(self) -> frozenset[str]:
        return self._microservices.uids(self.namespace)

    async def _list(self) -> set[str]:
        query = {"limit": PAGE}
        uids: set[str] = set()
        while True:
            data = await self._api.request(
                "GET", MICROSERVICE.collection(self.namespace), query=query, accept=METADATA_LIST
            )
            page = _lists.decode(data)
            uids |= {item.metadata.uid for item in page.items or ()}
            if not page.metadata.continue_:
                return uids
            query["continue"] = page.metadata.continue_


def _nothing() -> None:
    return
