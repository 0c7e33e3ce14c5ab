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
from typing import TYPE_CHECKING, Any

import yaml

from microservice_operator import __version__, platform
from microservice_operator.cluster.api import Api
from microservice_operator.engine.leadership import Alone, Elected
from microservice_operator.engine.loop import Loop
from microservice_operator.engine.supervisor import Supervisor
from microservice_operator.errors import OperatorError, SettingsError
from microservice_operator.handlers import probes, shell

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from aiohttp import web

    from microservice_operator.engine.leadership import Leadership

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
    settings = read_settings(options.settings)
    # Fewer collections cost a fifth to a half less CPU: most of what lives, lives long.
    gc.set_threshold(100_000, 50, 1000)
    shell.quieten()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_main(options, settings))


def read_settings(path: Path | None) -> platform.Settings:
    """Read the administrator's file; no file means no settings."""
    if path is None:
        return platform.Settings()
    try:
        return platform.settings(yaml.safe_load(path.read_text()))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no YAML: {error}") from error
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


async def _main(options: Options, settings: platform.Settings) -> None:
    """Start all parts; the end of any of them is the end of the process."""
    api = await Api.connect()
    instance = os.environ.get("POD_NAME") or socket.gethostname()
    leadership = _leadership(api, options.lease)
    loop = Loop(api, settings, options.namespaces, instance, leadership)
    watcher = Supervisor(
        _watcher(loop, options), name="microservices", ended=_in_loop(loop.watcher_ended)
    )
    loop.when_deaf(watcher.restart)
    _end_on_signals()
    server = await _serve(loop, options.metrics_port)
    log.info("operator started", extra={"version": __version__, "scope": _scope(options)})
    try:
        watcher.start()
        await loop.run()
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
    ours = asyncio.get_running_loop()

    def observe(kind: str | None, body: Mapping[str, Any]) -> None:
        ours.call_soon_threadsafe(loop.observe, kind, body)

    def start(stop: asyncio.Event) -> Coroutine[None, None, None]:
        return shell.watch(observe, options.namespaces, stop)

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
