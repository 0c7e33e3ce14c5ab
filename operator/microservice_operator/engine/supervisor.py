"""Keeps a fragile coroutine running: in a thread and an event loop of its own, again and again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from microservice_operator.engine.backoff import EndlessBackoffs

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

LONGEST_GOODBYE = 1.0
PAUSES = EndlessBackoffs(1, 5)


class Supervisor:
    """Runs what `start` makes until it is stopped, however often it ends before.

    The thread is what makes this safe: kopf cancels every task of its event loop when it ends.
    """

    def __init__(
        self,
        start: Callable[[asyncio.Event], Coroutine[None, None, None]],
        name: str,
        ended: Callable[[], None],
    ) -> None:
        self._start = start
        self._ended = ended
        self._stopping = threading.Event()
        self._stop_current: Callable[[], None] = _nothing
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def restart(self) -> None:
        """End what runs now; it begins anew."""
        self._stop_current()

    async def stop(self) -> None:
        """End; the thread keeps nothing that a late end could lose."""
        self._stopping.set()
        self._stop_current()
        await asyncio.to_thread(self._thread.join, LONGEST_GOODBYE)

    def _run(self) -> None:
        for pause in PAUSES:
            try:
                asyncio.run(self._once())
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  it must run again
                what = f"{type(error).__name__}: {error}"
                log.warning(
                    "watcher starts again", extra={"watcher": self._thread.name, "error": what}
                )
            if self._stopping.is_set():
                return
            self._ended()
            if self._stopping.wait(pause):
                return

    async def _once(self) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        self._stop_current = lambda: _call(loop, stop.set)
        if not self._stopping.is_set():
            await self._start(stop)


def _nothing() -> None:
    return


def _call(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call in another thread's loop, unless that has ended meanwhile."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call)
