"""Who of several operators acts: the one that holds the Lease and has renewed it of late."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from microservice_operator.cluster import lease as leases
from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.cluster.watch import Watch
from microservice_operator.engine.backoff import EndlessBackoffs, jittered
from microservice_operator.model.kinds import LEASE
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.lease import Lease
    from microservice_operator.model import Kind

log = logging.getLogger(__name__)

LASTS, GIVEN_UP_AFTER, RENEWED_EVERY = 10, 7.0, 2.0
RECONNECT = EndlessBackoffs(0.2, 2)
CONFLICT = 409


class Leadership(Protocol):
    """The right to act, which may come and go."""

    async def run(self) -> None:
        """Strive for it, for ever."""

    async def won(self) -> None:
        """Wait until it is ours."""

    async def lost(self) -> None:
        """Wait until it is ours no more."""

    async def resign(self) -> None:
        """Give it up, so that nobody has to wait."""


class Alone:
    """The leadership of an operator that has no other beside it."""

    async def run(self) -> None:
        """Nothing has to be done for it."""
        await asyncio.Event().wait()

    async def won(self) -> None:
        """It is ours from the beginning."""

    async def lost(self) -> None:
        """It stays for ever."""
        await asyncio.Event().wait()

    async def resign(self) -> None:
        """There is nobody to give it to."""


class Elected:
    """The leadership that a Lease gives.

    The Lease is watched and not polled, so a standby sends nothing. An operator that was frozen
    finds by its own clock that its time is over before it writes anything (`leads`).
    """

    def __init__(
        self,
        api: Api,
        namespace: str,
        name: str,
        identity: str,
        time: Callable[[], float] = monotonic,
    ) -> None:
        self._api = api
        self._time = time
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._lease: Lease | None = None
        self._changed_at = self._time()
        self._renewed_at = float("-inf")
        self._news = asyncio.Event()
        self._won, self._lost = asyncio.Event(), asyncio.Event()
        one_list = asyncio.Semaphore(1)
        by_name = {"fieldSelector": f"metadata.name={name}"}
        self._watch = Watch(api, LEASE, namespace, by_name, self, one_list, RECONNECT)

    # ------------------------------------------------------------------ what others ask

    def leads(self) -> bool:
        """Whether nobody else can have taken the Lease yet."""
        return self._time() - self._renewed_at < LASTS

    async def won(self) -> None:
        """Wait until the Lease is ours."""
        await self._won.wait()

    async def lost(self) -> None:
        """Wait until the Lease is ours no more."""
        await self._lost.wait()

    async def run(self) -> None:
        """Strive for the Lease and keep it as long as possible, again and again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch.run())
            tasks.create_task(self._strive())

    async def resign(self) -> None:
        """Leave the Lease without a holder: whoever waits for it takes it at once."""
        if self._lease is None or self._lease.holder != self._identity:
            return
        self._renewed_at = float("-inf")
        try:
            await leases.hold(self._api, self._namespace, self._lease, "", LASTS)
        except (ApiError, Unreachable) as error:
            log.warning("lease not released", extra={"error": str(error)})

    # ------------------------------------------------------------------ what the watch tells

    def listed(self, kind: Kind, namespace: str, version: str, objects: Iterable[bytes]) -> None:
        """These Leases exist; ours may be among them."""
        del kind, namespace, version
        found = [lease for lease in map(leases.read, objects) if lease.name == self._name]
        self._observe(found[0] if found else None)

    def seen(self, kind: Kind, raw: bytes) -> None:
        """A Lease has changed."""
        del kind
        lease = leases.read(raw)
        if lease.name == self._name:
            self._observe(lease)

    def gone(self, kind: Kind, raw: bytes) -> None:
        """A Lease was deleted."""
        del kind
        if leases.read(raw).name == self._name:
            self._observe(None)

    def _observe(self, lease: Lease | None) -> None:
        known = self._lease
        if lease and known and int(lease.version) <= int(known.version):
            return  # the echo of our own write
        self._lease, self._changed_at = lease, self._time()
        self._news.set()

    # ------------------------------------------------------------------ the election

    async def _strive(self) -> None:
        await self._watch.synced.wait()
        while True:
            await self._until_free()
            if await self._renew():
                await self._hold()
            else:
                await asyncio.sleep(jittered(1))

    async def _until_free(self) -> None:
        """Wait until nobody holds the Lease, or its holder has not been heard of for too long."""
        while self._lease and self._lease.holder not in ("", self._identity):
            left = self._changed_at + LASTS - self._time()
            if left <= 0:
                return
            await self._hear(left)

    async def _hold(self) -> None:
        """Lead until the Lease cannot be renewed in time or is somebody else's."""
        log.info("leader now", extra={"identity": self._identity})
        metrics.leads(self._name, leading=True)
        self._lost.clear()
        self._won.set()
        try:
            while self._in_time():
                await self._hear(RENEWED_EVERY)
                await self._renew()
        finally:
            self._won.clear()
            self._lost.set()
            metrics.leads(self._name, leading=False)
            log.warning("leader no more", extra={"identity": self._identity})

    def _in_time(self) -> bool:
        ours = self._lease is None or self._lease.holder == self._identity
        return ours and self._time() - self._renewed_at < GIVEN_UP_AFTER

    async def _hear(self, seconds: float) -> None:
        """Wait for news of the Lease, but not for ever."""
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    async def _renew(self) -> bool:
        """Write our name into the Lease as we know it; whether that went through."""
        began = self._time()
        at = self._namespace
        if self._won.is_set() and not self._in_time():
            return False
        try:
            async with asyncio.timeout(RENEWED_EVERY):
                if self._lease is None:
                    held = await leases.create(self._api, at, self._name, self._identity, LASTS)
                else:
                    held = await leases.hold(self._api, at, self._lease, self._identity, LASTS)
        except (ApiError, Unreachable, TimeoutError) as error:
            if not (isinstance(error, ApiError) and error.code == CONFLICT):
                log.warning("lease not written", extra={"error": str(error) or "no answer"})
            return False
        self._lease, self._changed_at, self._renewed_at = held, began, began
        return True
