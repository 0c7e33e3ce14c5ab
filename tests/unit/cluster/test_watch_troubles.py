from __future__ import annotations

import asyncio

import pytest

from microservice_operator.cluster import watch as watch_module
from tests.unit.clock import run
from tests.unit.cluster.servers import says
from tests.unit.cluster.watched import Script, event, item, page, stream, until, watching

EMPTY = page(5)


@pytest.fixture(autouse=True)
def _loop_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure how long a stream has lived in the time of the test."""
    monkeypatch.setattr(watch_module, "monotonic", lambda: asyncio.get_running_loop().time())


def test_a_watch_that_does_not_work_says_so_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A missing right is the most common mistake of an installation, and must not be silent."""
    script = Script([EMPTY], [says(403)] * 130 + [stream(event("BOOKMARK", item("", 9)))])

    async def main() -> str:
        async with watching(script, delays=[1] * 999) as (watch, _):
            await until(lambda: len(script.asked) == 100)
            trouble = watch.trouble
            await until(lambda: not watch.trouble)
            return trouble

    caplog.set_level("INFO")
    assert run(main()).startswith("403")
    ours = "microservice_operator.cluster.watch"
    told = [record.message for record in caplog.records if record.name == ours]
    assert told == ["watch does not work"] * 3 + ["watch works again"]


def test_an_event_that_makes_no_sense_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and the ones after it are heard."""
    broken = b'{"type": "ADDED", "object": {"metadata": {"resourceVersion": 7}}}\n'
    script = Script([EMPTY], [stream(broken, b"{\n", broken, event("ADDED", item("orders", 9)))])

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: len(heard.words) == 2)
            return heard.words

    assert run(main())[1].startswith("seen")
    ours = "microservice_operator.cluster.watch"
    told = [record.message for record in caplog.records if record.name == ours]
    assert set(told) == {"event skipped"}


def test_a_kind_that_may_not_be_listed_holds_nobody_up() -> None:
    """After some seconds, for a server that has just started forbids everything."""
    script = Script([says(403)] * 20 + [page(5, item("orders", 4))])

    async def main() -> None:
        async with watching(script, delays=[1] * 999) as (watch, heard):
            await until(lambda: len(script.asked) == 4)
            assert not watch.synced.is_set()
            await until(watch.synced.is_set)
            assert heard.words == []
            await until(lambda: heard.words != [])
            assert heard.words == ["listed Service shop@5 orders@4"]

    run(main())


def test_a_server_that_is_away_is_waited_for() -> None:
    """What it holds is unknown, and nobody says that it is none of our business."""
    troubles = [says(403), says(403), says(503)] * 10
    script = Script([*troubles, page(5)])

    async def main() -> None:
        async with watching(script, delays=[1] * 999) as (watch, _):
            await until(lambda: len(script.asked) == len(troubles))
            assert not watch.synced.is_set()
            await until(watch.synced.is_set)

    run(main())
