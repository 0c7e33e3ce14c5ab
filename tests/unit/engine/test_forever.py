from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

from microservice_operator.engine import endless
from microservice_operator.engine.endless import STABLE_SECONDS, forever
from tests.unit.clock import run

if TYPE_CHECKING:
    import pytest

HOUR = 3600.0


def test_a_task_that_was_stable_starts_again_soon(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The pauses grow as long as it fails at once, and are short again after a good minute."""
    starts: list[float] = []

    async def main() -> None:
        lasts = asyncio.Event()

        async def task() -> None:
            starts.append(asyncio.get_running_loop().time())
            if len(starts) == 5:
                await asyncio.sleep(STABLE_SECONDS)
            if len(starts) == 7:
                lasts.set()
                await asyncio.Event().wait()
            raise KeyError("a bug")

        running = asyncio.ensure_future(forever(task))
        await asyncio.wait_for(lasts.wait(), HOUR)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    monkeypatch.setattr(endless, "RECONNECT", [1, 2, 3, 4, 5, 6])
    monkeypatch.setattr(endless, "monotonic", lambda: asyncio.get_running_loop().time())
    run(main())

    pauses = [late - early for early, late in pairwise(starts)]
    assert pauses == [1, 2, 3, 4, STABLE_SECONDS + 1, 2]
    assert caplog.messages == ["task starts again"] * 6
