"""kopf as it is used here: the watcher of Microservices, and nothing more."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from typing import TYPE_CHECKING, Any

import kopf
from typing_extensions import override

from microservice_operator.cluster import credentials, discovery
from microservice_operator.engine.backoff import EndlessBackoffs
from microservice_operator.model.kinds import MICROSERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    Start = Callable[[asyncio.Event], Coroutine[None, None, None]]
    Observe = Callable[[str | None, Mapping[str, Any]], None]

GROUP, VERSION = MICROSERVICE.api_version.split("/")
AGAIN = EndlessBackoffs(0.5, 3)
CREDENTIALS_LAST = dt.timedelta(minutes=1)


class Nothing(kopf.DiffBaseStorage, kopf.ProgressStorage):
    """A storage that stores nothing: kopf writes no annotation, and copies no object."""

    @override
    def build(self, **_: Any) -> Any:
        return {}

    @override
    def fetch(self, **_: Any) -> Any:
        return None

    @override
    def store(self, **_: Any) -> None:
        return

    @override
    def purge(self, **_: Any) -> None:
        return

    @override
    def touch(self, **_: Any) -> None:
        return

    @override
    def clear(self, *, essence: Any) -> Any:
        return essence


async def watch(observe: Observe, namespaces: Sequence[str], stop: asyncio.Event) -> None:
    """Tell `observe` of every event of every Microservice until `stop` is set or kopf fails.

    kopf looks for the kind only when it starts, and it fails when the kind goes away.
    """
    if not await _before(stop, discovery.await_kind(MICROSERVICE, AGAIN)):
        return
    await kopf.operator(
        registry=_registry(observe),
        settings=_settings(),
        standalone=True,
        clusterwide=not namespaces,
        namespaces=list(namespaces),
        stop_flag=stop,
    )


async def _before(stop: asyncio.Event, awaited: Coroutine[None, None, None]) -> bool:
    """Whether this comes to its end before we are told to stop."""
    task, stopping = asyncio.create_task(awaited), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        await task
        return True
    task.cancel()
    return False


def _registry(observe: Observe) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    async def login(**_: Any) -> kopf.ConnectionInfo:
        return await _login()

    @kopf.on.event(GROUP, VERSION, MICROSERVICE.plural, registry=registry)
    async def event(event: kopf.RawEvent, **_: Any) -> None:
        observe(event["type"], event["object"])

    return registry


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = Nothing()
    settings.persistence.progress_storage = Nothing()
    # What kopf learns of a kind that comes or goes is too early at times: discovery lags behind.
    settings.scanning.disabled = True
    settings.networking.request_timeout = 10
    settings.networking.connect_timeout = 3
    settings.networking.error_backoffs = EndlessBackoffs(0.5, 10)
    settings.watching.server_timeout = random.randint(240, 300)  # noqa: S311  spreads load
    settings.watching.connect_timeout = 3
    settings.watching.chunk_size = 200
    settings.queueing.idle_timeout = 0.1
    settings.process.ultimate_exiting_timeout = None
    return settings


async def _login() -> kopf.ConnectionInfo:
    """The credentials as they are now.

    They expire soon on purpose: kopf ends when a refused token is followed by an equal one.
    """
    configuration = await credentials.load()
    headers = await credentials.authorization(configuration)
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
        scheme=scheme or None,
        token=token or None,
        expiration=dt.datetime.now(dt.UTC) + CREDENTIALS_LAST,
    )


def quieten() -> None:
    """Kopf's own log tells of its inner life; ours tells of changes."""
    logging.getLogger("kopf").setLevel(logging.CRITICAL)
