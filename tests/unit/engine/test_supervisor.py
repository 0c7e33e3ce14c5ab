from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from microservice_operator.engine import supervisor as supervisor_module
from microservice_operator.engine.supervisor import Supervisor
from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 30.0


class Fragile:
    """What is supervised: it ends in a new way each time, then runs until it is stopped."""

    def __init__(self, *endings: BaseException | None) -> None:
        self._endings = list(endings)
        self.ends = 0
        self.lasts = threading.Event()
        self.stopped = threading.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """End as it is written."""
        if self._endings:
            ending = self._endings.pop(0)
            if ending is not None:
                raise ending
            return
        self.lasts.set()
        await stop.wait()
        self.stopped.set()

    def ended(self) -> None:
        """Count the ends that were told of."""
        self.ends += 1


@asynccontextmanager
async def supervised(fragile: Fragile) -> AsyncIterator[Supervisor]:
    """Run it until the end of the test."""
    supervisor = Supervisor(fragile.run, "fragile", fragile.ended)
    supervisor.start()
    try:
        yield supervisor
    finally:
        await asyncio.wait_for(supervisor.stop(), PATIENCE)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are not what is tested here."""
    monkeypatch.setattr(supervisor_module, "PAUSES", [0.001] * 9)


def threads() -> list[str]:
    """Who runs."""
    return [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(
    "ending",
    [
        ConnectionError("gone"),
        None,
        ExceptionGroup("two", [OSError()]),
        asyncio.CancelledError(),
    ],
    ids=["exception", "return", "group", "cancellation"],
)
def test_it_begins_again_however_it_ended(ending: BaseException | None) -> None:
    """Each end is told of, for what happened before the next beginning was not seen."""

    async def main() -> None:
        fragile = Fragile(ending, ending)
        async with supervised(fragile):
            assert await asyncio.to_thread(fragile.lasts.wait, PATIENCE)
        assert fragile.ends == 2
        assert await asyncio.to_thread(fragile.stopped.wait, PATIENCE)

    asyncio.run(main())


def test_it_stops_when_it_is_told_to() -> None:
    """The thread is gone, and nothing is told of an end that was wished for."""

    async def main() -> None:
        fragile = Fragile()
        async with supervised(fragile):
            assert await asyncio.to_thread(fragile.lasts.wait, PATIENCE)
            assert "fragile" in threads()
        assert await asyncio.to_thread(fragile.stopped.wait, PATIENCE)
        await asyncio.to_thread(wait_until, lambda: "fragile" not in threads(), "its thread to end")
        assert fragile.ends == 0

    asyncio.run(main())


def test_it_begins_anew_when_it_is_told_to() -> None:
    """What runs is ended in peace, its end is told of, and another one runs."""

    async def main() -> None:
        fragile = Fragile()
        async with supervised(fragile) as supervisor:
            assert await asyncio.to_thread(fragile.lasts.wait, PATIENCE)
            fragile.lasts.clear()
            supervisor.restart()
            assert await asyncio.to_thread(fragile.lasts.wait, PATIENCE)
            assert (fragile.ends, fragile.stopped.is_set()) == (1, True)
        assert fragile.ends == 1

    asyncio.run(main())
    wait_until(lambda: "fragile" not in threads(), "its thread to end")


def test_it_stops_in_the_middle_of_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a pause at the end."""
    monkeypatch.setattr(supervisor_module, "PAUSES", [3600] * 9)

    async def main() -> None:
        fragile = Fragile(OSError())
        paused = asyncio.Event()
        loop = asyncio.get_running_loop()

        def ended() -> None:
            loop.call_soon_threadsafe(paused.set)

        supervisor = Supervisor(fragile.run, "fragile", ended)
        supervisor.start()
        await asyncio.wait_for(paused.wait(), PATIENCE)
        await asyncio.wait_for(supervisor.stop(), PATIENCE)

    asyncio.run(main())
    wait_until(lambda: "fragile" not in threads(), "its thread to end")


def test_it_may_be_stopped_at_once() -> None:
    """Between the start of the thread and that of what it runs."""

    async def main() -> None:
        for _ in range(20):
            async with supervised(Fragile()):
                pass

    asyncio.run(main())
    wait_until(lambda: "fragile" not in threads(), "its thread to end")


def test_it_runs_beside_our_loop() -> None:
    """What is supervised may cancel every task of its loop; ours is another one."""
    seen: list[bool] = []
    done = threading.Event()

    async def cancels_all(stop: asyncio.Event) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        seen.append(threading.current_thread() is threading.main_thread())
        done.set()
        await stop.wait()

    async def main() -> None:
        supervisor = Supervisor(cancels_all, "fragile", lambda: None)
        supervisor.start()
        assert await asyncio.to_thread(done.wait, PATIENCE)
        await asyncio.wait_for(supervisor.stop(), PATIENCE)

    asyncio.run(main())
    assert seen == [False]
