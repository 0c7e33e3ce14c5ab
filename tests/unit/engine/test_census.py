from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.api import Unreachable
from microservice_operator.cluster.credentials import NoCredentials
from microservice_operator.engine.census import Census
from microservice_operator.engine.endless import forever
from microservice_operator.engine.microservices import Microservices
from microservice_operator.engine.queue import Key
from tests.apps import body
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, in_turn, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

PATH = "/apis/microservices.dev/v1alpha1"
HOUR = 3600.0


def seen(*names: str) -> Microservices:
    """What the watch has told of."""
    microservices = Microservices()
    for name in names:
        made = body(name)
        made["metadata"] |= {"uid": name, "resourceVersion": "1"}
        microservices.observe(made)
    return microservices


def page(*uids: str, more: str = "") -> dict[str, Any]:
    """One page of the list."""
    return {"metadata": {"continue": more}, "items": [{"metadata": {"uid": uid}} for uid in uids]}


class Taken:
    """A census that runs, and whom it has missed."""

    def __init__(
        self, microservices: Microservices, answers: Iterable[object], namespace: str
    ) -> None:
        self.api = Answers(in_turn(answers))
        self.gone: list[str] = []
        self.counted: list[str] = []
        self.census = Census(
            self.api,
            namespace,
            microservices,
            lambda key: self.gone.append(key.name),
            self.counted.append,
        )
        self.restarts: list[float] = []
        self.census.deaf = lambda: self.restarts.append(asyncio.get_running_loop().time())

    async def until_taken(self) -> None:
        """Wait for the first one."""
        while not self.census.taken:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(1)


@asynccontextmanager
async def taking(
    microservices: Microservices, *answers: object, namespace: str = ""
) -> AsyncIterator[Taken]:
    """Run a census as the loop does, against these answers."""
    taken = Taken(microservices, answers, namespace)
    task = asyncio.ensure_future(forever(taken.census.run))
    try:
        yield taken
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def missed(microservices: Microservices, *answers: object, **options: Any) -> Taken:
    """Take the first census."""

    async def main() -> Taken:
        async with taking(microservices, *answers, **options) as taken:
            await asyncio.wait_for(taken.until_taken(), HOUR)
            return taken

    return run(main())


def test_who_left_unseen_is_found() -> None:
    """The watch was away while somebody was deleted, and will never tell."""
    microservices = seen("stays", "left")

    taken = missed(microservices, page("stays"))

    assert taken.gone == ["left"]
    assert list(microservices) == [Key("shop", "stays")]


def test_all_pages_count() -> None:
    """Who is on the second page has not left."""
    taken = missed(seen("a", "b"), page("a", more="x"), page("b"))

    assert taken.gone == []
    assert [sent.query.get("continue") for sent in taken.api.sent] == [None, "x"]


def test_a_namespace_is_counted_by_itself() -> None:
    """An operator of two may not list all; whom the other one holds is no matter here."""
    microservices = seen("a", "b")
    elsewhere = body("c")
    elsewhere["metadata"] |= {"uid": "c", "resourceVersion": "1", "namespace": "web"}
    microservices.observe(elsewhere)

    taken = missed(microservices, page("a"), namespace="shop")

    assert taken.gone == ["b"]
    assert taken.api.lines == [f"GET {PATH}/namespaces/shop/microservices"]


def test_a_namespace_that_is_forbidden_is_counted_once_it_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Until then nobody is missed there, and the log names the namespace, once."""

    async def main() -> Taken:
        microservices = seen("a", "b")
        async with taking(microservices, *[refused(403)] * 9, page("a"), namespace="shop") as taken:
            await asyncio.sleep(5)
            assert (taken.census.forbidden, taken.census.taken) == (True, False)
            assert taken.gone == []
            await taken.until_taken()
            return taken

    taken = run(main())
    assert (taken.census.forbidden, taken.gone) == (False, ["b"])
    [told] = [each for each in caplog.records if each.message == "microservices cannot be listed"]
    assert vars(told)["namespace"] == "shop"


@pytest.mark.parametrize("error", [refused(503), refused(410), Unreachable("away")], ids=str)
def test_half_a_count_is_none(error: Exception) -> None:
    """A list that breaks off begins anew; until it is whole, nobody is missed."""
    taken = missed(seen("a", "b"), page("a", more="x"), error, page("a", more="x"), page("b"))

    assert taken.gone == []


def test_without_their_kind_there_is_none() -> None:
    """The CRD was deleted, and all objects with it."""
    assert missed(seen("a"), *[refused(404)] * 30).gone == ["a"]


def test_a_server_that_has_just_started_is_not_believed_at_once() -> None:
    """For some seconds it knows no custom resources and answers 404 for all of them."""

    async def main() -> Taken:
        started = asyncio.get_running_loop().time()

        def answer(_: object) -> object:
            if asyncio.get_running_loop().time() < started + 5:
                raise refused(404)
            return page("a")

        async with taking(seen("a")) as taken:
            taken.api.answer = answer
            await taken.until_taken()
            return taken

    assert run(main()).gone == []


def test_a_kind_is_missing_only_if_it_is_so_without_a_break() -> None:
    """What was missing before the server went away says nothing of what is missing after."""
    missing, away = [refused(404)] * 4, Unreachable("away")

    assert missed(seen("a"), *missing, away, refused(404), page("a")).gone == []


@pytest.mark.parametrize("error", [NoCredentials("being rewritten"), ValueError("no JSON")])
def test_a_census_that_breaks_down_is_taken_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever happens, who asked for it gets it: readiness waits for it."""
    assert missed(seen("a", "b"), error, page("a")).gone == ["b"]
    assert "task starts again" in caplog.messages


def test_who_comes_while_it_is_taken_stays() -> None:
    """The list was made before."""
    microservices = seen("a")

    def answer(_: object) -> object:
        made = body("new")
        made["metadata"] |= {"uid": "new", "resourceVersion": "2"}
        microservices.observe(made)
        return page("a")

    async def main() -> Taken:
        async with taking(microservices) as taken:
            taken.api.answer = answer
            await taken.until_taken()
            return taken

    assert run(main()).gone == []
    assert len(microservices) == 2


def test_one_burst_asks_for_one_census() -> None:
    """A watch that begins anew tells of thousands, one by one."""

    async def main() -> int:
        async with taking(seen(), *[page()] * 9) as taken:
            await taken.until_taken()
            for _ in range(20):
                taken.census.ask()
                await asyncio.sleep(0.1)
            await asyncio.sleep(60)
            return len(taken.api.sent)

    assert run(main()) == 2


def test_the_operator_is_ready_when_all_have_been_seen() -> None:
    """Not when they have been counted: a pass needs to see what it is about."""
    microservices = seen("a")

    async def main() -> list[bool]:
        async with taking(microservices, page("a", "b")) as taken:
            await asyncio.sleep(5)
            before = taken.census.taken
            made = body("b")
            made["metadata"] |= {"uid": "b", "resourceVersion": "2"}
            microservices.observe(made)
            await asyncio.sleep(1)
            return [before, taken.census.taken]

    assert run(main()) == [False, True]


def test_readiness_does_not_wait_for_ever() -> None:
    """Somebody who was counted may be deleted before the watch has told of it."""

    async def main() -> bool:
        async with taking(seen("a"), page("a", "b")) as taken:
            await asyncio.sleep(60)
            return taken.census.taken

    assert run(main())


def test_a_watch_that_tells_of_nobody_is_deaf(caplog: pytest.LogCaptureFixture) -> None:
    """It watches a kind that is served anew: after half a minute it is begun anew too."""

    async def main() -> None:
        async with taking(seen(), page("a", "b"), page()) as taken:
            await asyncio.sleep(29)
            assert taken.restarts == []
            await asyncio.sleep(3)
            assert len(taken.restarts) == 1
            await asyncio.sleep(60)
            assert (len(taken.restarts), taken.census.taken) == (1, False)
            taken.census.ask()  # the watch has begun anew
            await taken.until_taken()
            assert len(taken.restarts) == 1

    run(main())
    assert "watcher is deaf" in caplog.messages


def test_a_watch_that_tells_of_somebody_is_not_deaf() -> None:
    """Whom it does not tell of has left since the count."""

    async def main() -> list[float]:
        async with taking(seen("a"), page("a", "b")) as taken:
            await taken.until_taken()
            return taken.restarts

    assert run(main()) == []
