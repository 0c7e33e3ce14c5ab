"""The loop: watches fill the store and the queue, workers make the passes."""

from __future__ import annotations

import asyncio
import gc
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

from microservice_operator.cluster.events import Recorder
from microservice_operator.cluster.shared import SharedConfig
from microservice_operator.cluster.store import Store
from microservice_operator.engine import clock
from microservice_operator.engine.alarms import Alarms
from microservice_operator.engine.backoff import Backoff
from microservice_operator.engine.census import Census
from microservice_operator.engine.endless import forever
from microservice_operator.engine.microservices import Microservices
from microservice_operator.engine.queue import Key, Priority, Queue
from microservice_operator.engine.reconcile import Reconciler
from microservice_operator.engine.roll import Roll
from microservice_operator.engine.router import Router
from microservice_operator.engine.watches import DEAF_SECONDS, Watches
from microservice_operator.errors import Again, Away
from microservice_operator.routing.holding import Host
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.events import Happening
    from microservice_operator.engine.leadership import Leadership
    from microservice_operator.engine.queue import Work
    from microservice_operator.platform import Settings

log = logging.getLogger(__name__)

WORKERS = 32
FIRST_RETRY, LONGEST_RETRY = 0.005, 300.0
# Nobody tells when an API server is back.
LONGEST_AWAY = 15.0


class Loop:
    """Everything that runs in the operator's event loop."""

    def __init__(
        self,
        api: Api,
        settings: Settings,
        namespaces: Sequence[str],
        instance: str,
        leadership: Leadership,
    ) -> None:
        self._leadership = leadership
        self.queue = Queue(metrics.queued)
        self.microservices = Microservices()
        self._store = Store(self._wake)
        self._recorder = Recorder(api, instance)
        self._alarms = Alarms(self.queue.add, clock.now)
        shared = SharedConfig(self._wake_users)
        self._watches = Watches(api, self._store, shared, namespaces, self._kinds_changed)
        definitions, roll = self._watches.definitions, Roll(namespaces, self.queue.add)
        both = (api, self._store, self.microservices, self._recorder, settings)
        self._router = Router(*both, definitions, roll, self.queue.add)
        self._reconciler = Reconciler(
            *both, self._alarms, shared, definitions, self._router.exposures
        )
        self._censuses = [
            Census(api, namespace, self.microservices, self._gone, self._counted)
            for namespace in namespaces or ("",)
        ]
        self._backoff: Backoff[Work] = Backoff(FIRST_RETRY, LONGEST_RETRY)
        self._active = 0
        self._synced = False

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for task in self._watches.tasks():
                tasks.create_task(forever(task))
            tasks.create_task(forever(self._recorder.run))
            tasks.create_task(forever(self._leadership.run))
            await self._sync()
            for census in self._censuses:
                tasks.create_task(forever(census.run))
            tasks.create_task(forever(self._alarms.run))
            while True:
                await self._lead()

    def observe(self, kind: str | None, body: Mapping[str, Any]) -> None:
        """Take an event of a Microservice; `kind` is None for what was there before the watch."""
        if kind == "DELETED":
            key = self.microservices.drop(body)
            if key is not None:
                self._gone(key)
            return
        if kind is None:
            self._count(body["metadata"]["namespace"])
        key = self.microservices.observe(body)
        if key is not None:
            self._router.roll.came(key)
            self.queue.add(key, Priority.CALM if kind is None else Priority.URGENT)

    def when_deaf(self, restart: Callable[[], None]) -> None:
        """What to do when the watch of Microservices does not tell of what is there."""
        for census in self._censuses:
            census.deaf = restart

    def watcher_ended(self) -> None:
        """The watch of Microservices begins anew: somebody may have left unseen."""
        self._count()

    def take(self, settings: Settings) -> None:
        """Other settings hold from now on; every Microservice is looked at again."""
        self._reconciler.settings = self._router.settings = settings
        self._look_again()

    def _kinds_changed(self) -> None:
        """A mesh has come or gone: nobody's claims are known before he is understood anew."""
        self._router.roll.begin(self.microservices)
        self._look_again()

    def _look_again(self) -> None:
        """What has changed concerns everybody."""
        for key in self.microservices:
            self.queue.add(key, Priority.CALM)
        self._router.look_again()

    def tell(self, happening: Happening) -> None:
        """Post an Event that is about no Microservice."""
        self._recorder.note(happening)

    def not_ready(self) -> str:
        """Why the operator does not work yet; empty when it does."""
        if not self._synced:
            return "; ".join(["the children have not been listed yet", *self._watches.troubles()])
        some = any(census.taken for census in self._censuses)
        if some and all(census.taken or census.forbidden for census in self._censuses):
            return ""
        return "the Microservices have not been listed yet"

    def ill(self) -> str:
        """Why the operator should be restarted; empty when it is well."""
        deaf = self._watches.deaf()
        return f"nothing heard of {', '.join(deaf)} for {DEAF_SECONDS} s" if deaf else ""

    async def _sync(self) -> None:
        """Wait until all children are known: before that, everything would look missing."""
        await self._watches.synced()
        self._synced = True
        gc.collect()
        gc.freeze()
        log.info("children listed", extra={"children": len(self._store)})

    def _count(self, namespace: str = "") -> None:
        """Ask for a census of this namespace, or of all."""
        for census in self._censuses:
            if not (namespace and census.namespace) or census.namespace == namespace:
                census.ask()

    async def _lead(self) -> None:
        """Make passes while it is our turn; what they leave undone waits for the next turn."""
        await self._leadership.won()
        for key in self.microservices:
            self.queue.add(key, Priority.CALM)
        self._router.begin(self.microservices)
        workers = [asyncio.create_task(forever(self._work)) for _ in range(WORKERS)]
        try:
            await self._leadership.lost()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            key = await self.queue.get()
            metrics.taken(len(self.queue))
            self._active += 1
            metrics.working(self._active)
            try:
                await self._pass(key)
            finally:
                self._active -= 1
                metrics.working(self._active)
                self.queue.done(key)

    async def _pass(self, key: Work) -> None:
        """One pass, and what follows from how it ended."""
        started = monotonic()
        try:
            again_at = await self._reconcile(key)
        except Again as error:
            result = "requeue"
            log.debug("pass interrupted", extra={**_about(key), "error": str(error)})
            self._retry(key, LONGEST_AWAY if isinstance(error, Away) else None)
        except asyncio.CancelledError:
            self.queue.add(key)
            raise
        except Exception:  # one app's bad luck must not end the others
            result = "error"
            log.exception("pass failed", extra=_about(key))
            self._retry(key)
        else:
            result = "success" if again_at is None else "requeue_after"
            self._settle(key, again_at)
        metrics.reconciled(result, monotonic() - started)

    async def _reconcile(self, key: Work) -> float | None:
        if isinstance(key, Host):
            return await self._router.reconcile(key)
        return await self._reconciler.reconcile(key)

    def _retry(self, key: Work, longest: float | None = None) -> None:
        metrics.retried()
        self.queue.add_later(key, self._backoff.next(key, longest), Priority.URGENT)

    def _settle(self, key: Work, again_at: float | None) -> None:
        self._backoff.reset(key)
        self.queue.forget(key)
        if again_at is not None:
            self.queue.add_later(key, again_at - asyncio.get_running_loop().time())

    def _wake(self, namespace: str, name: str, *, urgent: bool) -> None:
        """A child has changed; at a start nobody waits for it."""
        priority = Priority.URGENT if urgent else Priority.CALM
        self.queue.add(Key(namespace, name), priority)
        self._router.wake(namespace, name, priority)

    def _counted(self, namespace: str) -> None:
        """All Microservices of this namespace are in sight, or never will be."""
        census = next(each for each in self._censuses if each.namespace == namespace)
        self._router.roll.counted(namespace, seen=census.taken)

    def _wake_users(self, namespace: str, name: str) -> None:
        """A shared ConfigMap holds something else."""
        for key in self._reconciler.users(namespace, name):
            self.queue.add(key, Priority.URGENT)

    def _gone(self, key: Key) -> None:
        self.queue.forget(key)
        self._backoff.reset(key)
        self._reconciler.forget(key)


def _about(key: Work) -> dict[str, str]:
    """Whom a line of the log is about."""
    if isinstance(key, Host):
        return {"namespace": key.namespace, "gateway": key.gateway, "host": key.host}
    return {"namespace": key.namespace, "microservice": key.name}
