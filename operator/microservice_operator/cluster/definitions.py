"""Which of the kinds that other products bring are there: Istio may come, go and return."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.cluster.discovery import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from microservice_operator.cluster.api import Api
    from microservice_operator.model import Kind


BELIEVED_AFTER = 5.0


class _Metadata(msgspec.Struct, rename="camel"):
    name: str
    deletion_timestamp: str | None = None


class _Definition(msgspec.Struct):
    metadata: _Metadata


_definitions = msgspec.json.Decoder(_Definition)


class Definitions:
    """Knows which of these kinds the cluster has, and calls `changed` when that is others.

    It takes the CustomResourceDefinitions from a watch, of which it reads the names only. One that
    is being deleted is gone: nothing of its kind can be created any more.
    """

    def __init__(self, kinds: Iterable[Kind], changed: Callable[[], None]) -> None:
        self._wanted = {kind.definition: kind for kind in kinds}
        self._changed = changed
        self._news = asyncio.Event()
        self.there: frozenset[Kind] = frozenset()

    def brings(self, product: str) -> bool:
        """Whether all kinds of this product are there."""
        kinds = {kind for kind in self._wanted.values() if kind.of == product}
        return bool(kinds) and kinds <= self.there

    async def until(self, kind: Kind, *, there: bool) -> None:
        """Wait until the cluster has this kind, or has it no more."""
        while (kind in self.there) is not there:
            await self._news.wait()

    def listed(self, kind: Kind, namespace: str, version: str, objects: Iterable[bytes]) -> None:  # noqa: ARG002  of a sink
        """These and no others are there."""
        known = [_definitions.decode(raw).metadata for raw in objects]
        names = {each.name for each in known if not each.deletion_timestamp}
        self._take(wanted for name, wanted in self._wanted.items() if name in names)

    def seen(self, kind: Kind, raw: bytes) -> None:
        """One is new, or is being deleted."""
        metadata = _definitions.decode(raw).metadata
        if metadata.deletion_timestamp:
            self.gone(kind, raw)
        elif metadata.name in self._wanted:
            self._take({*self.there, self._wanted[metadata.name]})

    def gone(self, kind: Kind, raw: bytes) -> None:  # noqa: ARG002  of a sink
        """One is no more."""
        name = _definitions.decode(raw).metadata.name
        self._take(each for each in self.there if each.definition != name)

    async def ask(self, api: Api) -> None:
        """Ask the server itself, for those who may not watch; without an answer all stays.

        What is missing is asked for once more: a server that has just started knows no custom
        resources yet.
        """
        try:
            found = await self._found(api)
            if self.there - found:
                await asyncio.sleep(BELIEVED_AFTER)
                found = await self._found(api)
        except (ApiError, Unreachable):
            return
        self._take(found)

    async def _found(self, api: Api) -> set[Kind]:
        groups = sorted({kind.group_path for kind in self._wanted.values()})
        there = {path: await served(api, path) for path in groups}
        return {each for each in self._wanted.values() if each.plural in there[each.group_path]}

    def _take(self, there: Iterable[Kind]) -> None:
        now = frozenset(there)
        if now != self.there:
            self.there = now
            self._news.set()
            self._news = asyncio.Event()
            self._changed()
