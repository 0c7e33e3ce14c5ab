from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from microservice_operator.cluster import watch as watch_module
from tests.unit.clock import run
from tests.unit.cluster import servers
from tests.unit.cluster.servers import says
from tests.unit.cluster.watched import Script, event, item, page, stream, until, watching

if TYPE_CHECKING:
    from aiohttp import web

EMPTY = page(5)
EXPIRED = {"kind": "Status", "metadata": {}, "code": 410, "message": "too old"}
OVERLOAD = {"kind": "Status", "metadata": {}, "code": 500, "message": "etcd is gone"}


@pytest.fixture(autouse=True)
def _loop_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure how long a stream has lived in the time of the test."""
    monkeypatch.setattr(watch_module, "monotonic", lambda: asyncio.get_running_loop().time())


def test_what_lives_is_told_then_what_changes() -> None:
    """A list, then events: the sink hears of each object what it needs."""
    script = Script(
        [page(5, item("orders", 3), item("carts", 4))],
        [
            stream(
                event("ADDED", item("stock", 6)),
                event("MODIFIED", item("orders", 7)),
                event("DELETED", item("carts", 8)),
                then=servers.hangs,
            )
        ],
    )

    async def main() -> list[str]:
        async with watching(script) as (watch, heard):
            await until(lambda: len(heard.words) == 4)
            assert watch.synced.is_set()
            return heard.words

    assert run(main()) == [
        "listed Service shop@5 orders@3 carts@4",
        "seen stock@6",
        "seen orders@7",
        "gone carts@8",
    ]
    listing, following = script.asked
    assert listing == {"labelSelector": "a=b", "limit": "500"}
    assert following["resourceVersion"] == "5"
    assert following["allowWatchBookmarks"] == "true"


def test_a_list_of_many_pages_is_one_list() -> None:
    """What is on the second page is not gone after the first."""
    script = Script([page(5, item("a", 1), more="x"), page(5, item("b", 2), more="y"), page(5)])

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: len(script.asked) == 4)
            return heard.words

    assert run(main()) == ["listed Service shop@5 a@1 b@2"]
    assert [query.get("continue") for query in script.asked[:3]] == [None, "x", "y"]


def test_a_list_whose_pages_have_expired_begins_anew() -> None:
    """Half a list is no list: everything that is missing would look deleted."""
    script = Script(
        [
            page(5, item("a", 1), more="x"),
            says(410, json.dumps(EXPIRED)),
            page(9, item("a", 1), item("b", 8)),
        ]
    )

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: bool(heard.words))
            return heard.words

    assert run(main()) == ["listed Service shop@9 a@1 b@8"]


@pytest.mark.parametrize(
    "then", [None, servers.resets, servers.hangs], ids=["ends", "breaks", "falls silent"]
)
def test_a_stream_goes_on_where_it_ended(then: servers.Answer | None) -> None:
    """From the last version that was seen, be it only a bookmark's; nothing is listed again."""
    script = Script(
        [EMPTY],
        [
            stream(event("ADDED", item("a", 6)), event("BOOKMARK", item("", 42)), then=then),
            stream(event("ADDED", item("b", 50)), then=servers.hangs),
        ],
    )

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: len(heard.words) == 3)
            return heard.words

    assert run(main()) == ["listed Service shop@5", "seen a@6", "seen b@50"]
    assert script.versions == ["", "5", "42"]


def test_silence_is_noticed_after_seventy_seconds() -> None:
    """A connection that a firewall has forgotten looks like a cluster where nothing happens."""
    script = Script([EMPTY], [stream(event("BOOKMARK", item("", 6)), then=servers.hangs)])

    async def main() -> None:
        async with watching(script):
            await until(lambda: len(script.asked) == 3)

    run(main())
    assert script.times[2] - script.times[1] == pytest.approx(71, abs=2)


@pytest.mark.parametrize("then", [None, servers.resets], ids=["ends", "breaks"])
def test_half_an_event_is_none(then: servers.Answer | None) -> None:
    """A connection cut in the middle of a line; the whole event comes with the next one."""
    whole = event("ADDED", item("b", 7))
    script = Script(
        [EMPTY],
        [
            stream(event("ADDED", item("a", 6)), whole[:20], then=then),
            stream(whole, then=servers.hangs),
        ],
    )

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: len(heard.words) == 3)
            return heard.words

    assert run(main()) == ["listed Service shop@5", "seen a@6", "seen b@7"]
    assert script.versions == ["", "5", "6"]


def test_an_event_may_come_in_pieces_and_be_as_large_as_an_object_can_be() -> None:
    """One object of one and a half megabytes must not end the watch of all the others."""
    large = event("ADDED", item("a", 6, annotations={"note": "x" * 1_500_000}))
    script = Script([EMPTY], [stream(large[:9], large[9:], then=servers.hangs)])

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: len(heard.words) == 2)
            return heard.words

    assert run(main()) == ["listed Service shop@5", "seen a@6"]


@pytest.mark.parametrize(
    "expired",
    [says(410, json.dumps(EXPIRED)), stream(event("ERROR", EXPIRED))],
    ids=["status", "event"],
)
def test_a_version_that_has_expired_means_a_new_list(expired: servers.Answer) -> None:
    """The server has forgotten what happened since; a new list says what is there."""
    script = Script([page(5, item("a", 3)), page(90, item("b", 80))], [expired])

    async def main() -> list[str]:
        async with watching(script) as (_, heard):
            await until(lambda: len(script.asked) == 4)
            return heard.words

    assert run(main()) == ["listed Service shop@5 a@3", "listed Service shop@90 b@80"]
    assert script.versions == ["", "5", "", "90"]


@pytest.mark.parametrize(
    "failing",
    [says(503), says(403), says(429, Retry_After="1"), stream(event("ERROR", OVERLOAD))],
    ids=["503", "403", "429", "event"],
)
def test_other_errors_are_waited_out(failing: servers.Answer) -> None:
    """The watch goes on where it was, each time after a longer pause."""
    script = Script([EMPTY], [failing] * 3)

    async def main() -> None:
        async with watching(script, delays=(1, 10, 100, 1000)):
            await until(lambda: len(script.asked) == 5)

    run(main())
    assert script.versions == ["", "5", "5", "5", "5"]
    pauses = [late - early for early, late in zip(script.times[1:], script.times[2:], strict=False)]
    assert pauses == pytest.approx([1, 10, 100], abs=0.5)


def test_a_list_that_fails_is_tried_again() -> None:
    """The operator is not ready until everything was listed once, however long that takes."""
    script = Script([says(503), servers.resets, says(403), EMPTY])

    async def main() -> list[bool]:
        async with watching(script) as (watch, heard):
            await until(lambda: len(script.asked) == 3)
            before = watch.synced.is_set()
            await until(lambda: bool(heard.words))
            return [before, watch.synced.is_set()]

    assert run(main()) == [False, True]


def test_a_stream_that_worked_ends_the_backoff() -> None:
    """A server that fails now and then is not a server that fails all the time."""
    fails = says(503)
    lasted = stream(event("ADDED", item("a", 6)), then=servers.hangs)
    script = Script([EMPTY], [fails, fails, lasted, fails, fails])

    async def main() -> None:
        async with watching(script, delays=(1, 10, 100, 1000)):
            await until(lambda: len(script.asked) == 7)

    run(main())
    assert script.times[-1] - script.times[-2] == pytest.approx(10, abs=0.5)
    assert script.times[-2] - script.times[-3] == pytest.approx(1, abs=0.5)


@pytest.mark.parametrize(
    "script",
    [
        Script([EMPTY], [stream()] * 30),
        Script([EMPTY] * 30, [stream(event("ERROR", EXPIRED))] * 30),
    ],
    ids=["streams that end at once", "lists that expire at once"],
)
def test_a_server_in_trouble_is_not_hammered(script: Script) -> None:
    """A server that is going down, or has lost its cache, answers at once and with nothing."""

    async def main() -> None:
        async with watching(script, delays=[1] * 30):
            await until(lambda: len(script.asked) >= 30)

    run(main())
    assert script.times[29] - script.times[0] > 5


def test_three_lists_at_most_are_made_at_once() -> None:
    """A start with many kinds and namespaces is no burst."""
    under_way, most = 0, 0

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal under_way, most
        if "watch" in request.query:
            return await servers.hangs(request)
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(1)
        under_way -= 1
        return await EMPTY(request)

    async def main() -> None:
        async with watching(answer) as (first, _):
            others = [
                watch_module.Watch(
                    first.api, first.kind, "", {}, first.sink, first.lists, first.delays
                )
                for _ in range(7)
            ]
            tasks = [asyncio.ensure_future(watch.run()) for watch in others]
            await asyncio.gather(*(watch.synced.wait() for watch in [first, *others]))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    run(main())
    assert most == 3


def test_a_bookmark_is_a_sign_of_life() -> None:
    """Where nothing happens for hours, the watch is not taken for dead."""

    async def late(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(50)
        return await stream(event("BOOKMARK", item("", 6)), then=servers.hangs)(request)

    async def main() -> float:
        started = asyncio.get_running_loop().time()
        async with watching(Script([EMPTY], [late])) as (watch, _):
            watch.alive = started
            await until(lambda: watch.alive > started)
            await until(lambda: watch.alive > started + 10)
            return watch.alive - started

    assert run(main()) == pytest.approx(50, abs=1)
