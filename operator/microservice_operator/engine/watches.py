"""Every watch: those that run from the start, and those of kinds that come and go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from microservice_operator.cluster.definitions import Definitions
from microservice_operator.cluster.shared import SHARED_CONFIG, SharedConfig
from microservice_operator.cluster.watch import LISTS_AT_ONCE, Sink, Watch
from microservice_operator.engine.endless import RECONNECT, forever
from microservice_operator.model.kinds import DEFINITION
from microservice_operator.model.labels import CHILDREN_OF_ALL, SHARED_BY_ALL
from microservice_operator.resources import CHILDREN

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.store import Store
    from microservice_operator.model import Kind

DEAF_SECONDS = 180
POLL_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Guest:
    """A kind that another product brings: watched for as long as it is there."""

    kind: Kind
    watches: tuple[Watch, ...]
    definitions: Definitions
    store: Store

    @property
    def here(self) -> bool:
        """Whether the cluster has it."""
        return self.kind in self.definitions.there

    async def run(self) -> None:
        """Watch it whenever it is there, for ever."""
        while True:
            await self.definitions.until(self.kind, there=True)
            running = [asyncio.create_task(forever(watch.run)) for watch in self.watches]
            try:
                await self.definitions.until(self.kind, there=False)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
            for watch in self.watches:
                watch.forget()
            self.store.dismiss(self.kind)


class Watches:
    """What is watched in these namespaces, or in all when there are none.

    `changed` is called when other kinds are there than before. Definitions live in no namespace:
    who has rights in namespaces only asks for the kinds now and then.
    """

    def __init__(
        self,
        api: Api,
        store: Store,
        shared: SharedConfig,
        namespaces: Sequence[str],
        changed: Callable[[], None],
    ) -> None:
        lists = asyncio.Semaphore(LISTS_AT_ONCE)

        def watches(kind: Kind, sink: Sink, labels: str) -> list[Watch]:
            selector: Mapping[str, str] = {"labelSelector": labels} if labels else {}
            return [
                Watch(api, kind, namespace, selector, sink, lists, RECONNECT, not labels)
                for namespace in namespaces or ("",)
            ]

        guests = [kind for kind in CHILDREN if kind.of]
        self.definitions = Definitions(guests, changed)
        self._api = api
        self._polls = bool(namespaces)
        self._asked = asyncio.Event()
        residents = [kind for kind in CHILDREN if not kind.of]
        self._always = [
            each for kind in residents for each in watches(kind, store, CHILDREN_OF_ALL)
        ]
        self._always += watches(SHARED_CONFIG, shared, SHARED_BY_ALL)
        if not self._polls:
            self._always += watches(DEFINITION, self.definitions, "")
        self._guests = [
            Guest(kind, tuple(watches(kind, store, CHILDREN_OF_ALL)), self.definitions, store)
            for kind in guests
        ]

    def tasks(self) -> Iterator[Callable[[], Coroutine[None, None, None]]]:
        """What has to run, for ever."""
        yield from (watch.run for watch in self._always)
        yield from (guest.run for guest in self._guests)
        if self._polls:
            yield self._poll

    async def synced(self) -> None:
        """Wait until all children are known."""
        if self._polls:
            await self._asked.wait()
        await asyncio.gather(*(watch.synced.wait() for watch in self._always))
        await asyncio.gather(*(watch.synced.wait() for watch in self._running()))

    def troubles(self) -> list[str]:
        """What does not work."""
        return [f"{each.kind.name}: {each.trouble}" for each in self._running() if each.trouble]

    def deaf(self) -> list[str]:
        """The kinds of which nothing was heard for too long."""
        silent = (each for each in self._running() if monotonic() - each.alive > DEAF_SECONDS)
        return [watch.kind.name for watch in silent]

    def _running(self) -> list[Watch]:
        here = (guest.watches for guest in self._guests if guest.here)
        return [*self._always, *(watch for watches in here for watch in watches)]

    async def _poll(self) -> None:
        while True:
            await self.definitions.ask(self._api)
            self._asked.set()
            await asyncio.sleep(POLL_SECONDS)
