from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from microservice_operator.handlers.crossing import Crossing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

MANY = 500


def _crossed(bad: int | None = None) -> tuple[list[int], int]:
    """Send numbered events from another thread: those that arrive, and how many fail."""
    arrived: list[int] = []
    failures: list[object] = []

    def take(_: str | None, body: Mapping[str, Any]) -> None:
        if body["number"] == bad:
            raise ValueError(bad)
        arrived.append(body["number"])

    def send(crossing: Crossing) -> None:
        for number in range(MANY):
            crossing.send("ADDED", {"number": number})

    async def cross() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failures.append(context))
        sender = threading.Thread(target=send, args=[Crossing(take)])
        sender.start()
        await asyncio.to_thread(sender.join)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(cross())
    return arrived, len(failures)


def test_every_event_crosses_in_its_order() -> None:
    """A deletion that overtakes a change would leave a ghost."""
    assert _crossed() == (list(range(MANY)), 0)


def test_an_event_that_cannot_be_taken_keeps_no_other_back() -> None:
    """It is reported, and the watch is not deaf from then on."""
    arrived, failures = _crossed(bad=7)

    assert (arrived, failures) == ([n for n in range(MANY) if n != 7], 1)


def test_a_burst_wakes_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what the bursts are for."""

    async def woken() -> int:
        crossing = Crossing(lambda *_: None)
        loop = asyncio.get_running_loop()
        calls: list[object] = []
        monkeypatch.setattr(loop, "call_soon_threadsafe", calls.append)
        for number in range(MANY):
            crossing.send(None, {"number": number})
        return len(calls)

    assert asyncio.run(woken()) == 1
