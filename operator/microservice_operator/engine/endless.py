"""Tasks that have no end: one that fails all the same starts again."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING

from microservice_operator.engine.backoff import EndlessBackoffs

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

RECONNECT = EndlessBackoffs(0.2, 10)
STABLE_SECONDS = 60


async def forever(task: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a task that has no end; one that fails all the same starts again."""
    delays = iter(RECONNECT)
    while True:
        began = monotonic()
        try:
            await task()
        except Exception:
            log.exception("task starts again", extra={"task": task.__qualname__})
            if monotonic() - began >= STABLE_SECONDS:
                delays = iter(RECONNECT)
            await asyncio.sleep(next(delays))
