"""The process: starts the parts of the operator, and ends them when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator import __version__
from microservice_operator.cluster.api import Api
from microservice_operator.engine.leadership import Alone, Elected
from microservice_operator.engine.loop import Loop
from microservice_operator.engine.supervisor import Supervisor
from microservice_operator.errors import OperatorError
from microservice_operator.handlers import probes, settings, shell
from microservice_operator.handlers.crossing import Crossing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from aiohttp import web

    from microservice_operator.engine.leadership import Leadership
    from microservice_operator.platform import Settings

log = logging.getLogger(__name__)


class CannotServe(OperatorError):
    """The port for probes and metrics is not to be had."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    namespaces: tuple[str, ...]
    settings: Path | None
    metrics_port: int
    lease: str = ""


def run(options: Options) -> None:
    """Run the operator until it is told to end.

    Raises:
        SettingsError, NoCredentials: it cannot start.
    """
    initial = settings.read(options.settings)
    # Fewer collections cost a fifth to a half less CPU: most of what lives, lives long.
    gc.set_threshold(100_000, 50, 1000)
    gc.freeze()  # what was imported stays: no collection needs to look at it
    shell.quieten()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_main(options, initial))


async def _main(options: Options, initial: Settings) -> None:
    """Start all parts; the end of any of them is the end of the process."""
    api = await Api.connect()
    instance = os.environ.get("POD_NAME") or socket.gethostname()
    leadership = _leadership(api, options.lease)
    loop = Loop(api, initial, options.namespaces, instance, leadership)
    watcher = Supervisor(
        _watcher(loop, options), name="microservices", ended=_in_loop(loop.watcher_ended)
    )
    loop.when_deaf(watcher.restart)
    _end_on_signals()
    server = await _serve(loop, options.metrics_port)
    log.info("operator started", extra={"version": __version__, "scope": _scope(options)})
    try:
        watcher.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loop.run())
            if options.settings:
                ourselves = settings.ourselves(os.environ)
                reload = settings.Reload(loop, options.settings, initial, ourselves)
                tasks.create_task(reload.run())
    finally:
        log.info("operator ends")
        await leadership.resign()
        await watcher.stop()
        if server:
            await server.cleanup()
        await api.close()


def _leadership(api: Api, lease: str) -> Leadership:
    """Alone, or one of several that share a Lease, called as `namespace/name`.

    A pod runs one operator at a time, so that its container may take up its own Lease again.
    """
    if not lease:
        return Alone()
    namespace, _, name = lease.partition("/")
    identity = os.environ.get("POD_NAME") or f"{socket.gethostname()}-{os.getpid()}"
    elected = Elected(api, namespace, name, identity)
    api.may_write = elected.leads
    return elected


async def _serve(loop: Loop, port: int) -> web.AppRunner | None:
    try:
        return await probes.serve(loop, port) if port else None
    except OSError as error:
        raise CannotServe(f"--metrics-port {port}: {error.strerror}") from error


def _watcher(loop: Loop, options: Options) -> shell.Start:
    """Kopf runs in a thread of its own; what it sees is handed over to our loop."""
    crossing = Crossing(loop.observe)

    def start(stop: asyncio.Event) -> Coroutine[None, None, None]:
        return shell.watch(crossing.send, options.namespaces, stop)

    return start


def _in_loop(call: Callable[[], None]) -> Callable[[], None]:
    """The same call, made from any thread."""
    ours = asyncio.get_running_loop()

    def handed_over() -> None:
        ours.call_soon_threadsafe(call)

    return handed_over


def _end_on_signals() -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _scope(options: Options) -> str:
    return ", ".join(options.namespaces) or "all namespaces"
