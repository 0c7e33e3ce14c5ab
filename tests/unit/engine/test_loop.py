from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from typing_extensions import override

from microservice_operator.engine import clock
from microservice_operator.engine.leadership import Alone
from microservice_operator.engine.loop import DEAF_SECONDS, Loop
from microservice_operator.engine.queue import Key
from microservice_operator.platform import Settings
from microservice_operator.telemetry import metrics
from tests.apps import UID, body
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    import aiohttp

    from tests.unit.engine.answers import Sent

KEY = Key("shop", "orders")
CPU = {"requests": {"cpu": "100m"}}


class Server(Answers):
    """Serves empty lists, silent watches, and accepts every write."""

    def __init__(self) -> None:
        super().__init__(self._accept)
        self.listing = asyncio.Event()
        self.listing.set()
        self.fails: list[Exception] = []
        self.there = {UID, "broken"}
        self.spec: dict[str, Any] = body()["spec"]
        self._version = 100

    @override
    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], silence: float
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """Open a watch on which nothing happens."""
        await asyncio.Event().wait()
        yield cast("aiohttp.StreamReader", (path, query, silence))

    @override
    async def request(self, method: str, path: str, **parts: Any) -> bytes:
        """Answer, after a turn of the loop as a server would."""
        await asyncio.sleep(0)
        if method == "GET":
            await self.listing.wait()
        return await super().request(method, path, **parts)

    def _accept(self, sent: Sent) -> object:
        self._version += 1
        if sent.method == "GET":
            items = [{"metadata": {"uid": uid}} for uid in sorted(self.there)]
            found = items if sent.path.endswith("/microservices") else []
            return {"metadata": {"resourceVersion": str(self._version)}, "items": found}
        if sent.method == "PATCH" and self.fails:
            raise self.fails.pop(0)
        if sent.path.endswith("/status"):
            said = {"spec": self.spec, "status": sent.body["status"]}
            return {**microservice(self._version, generation=1), **said}
        return _live(sent.body, str(self._version))

    @property
    def writes(self) -> list[str]:
        """What was written, Events aside."""
        return [line for line in self.lines if not line.startswith(("GET", "POST"))]


def _live(manifest: Any, version: str) -> dict[str, Any]:
    found = {"uid": f"uid-of-{manifest.get('kind')}", "resourceVersion": version}
    live: dict[str, Any] = manifest | {"metadata": manifest["metadata"] | found}
    return live


def microservice(version: int = 1, **more: Any) -> dict[str, Any]:
    """A Microservice as the watch tells of it."""
    made = body()
    made["metadata"] |= {"resourceVersion": str(version)} | more
    return made


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[Loop]:
    """Run the loop against this server."""
    loop = Loop(server, Settings(), (), "here", Alone())
    task = asyncio.ensure_future(loop.run())
    try:
        yield loop
    finally:
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = asyncio.get_running_loop().time() + 100
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never came to be"
        await asyncio.sleep(0.01)


def sample(metric: str, **labels: str) -> float:
    """What a metric of the loop says now."""
    labels = {"controller": "microservice"} | labels
    return metrics.REGISTRY.get_sample_value(metric, labels) or 0


def test_what_the_watch_tells_of_is_made() -> None:
    """The children, then the status."""

    async def main() -> list[str]:
        server = Server()
        async with running(server) as loop:
            loop.observe("ADDED", microservice())
            await until(lambda: len(server.writes) == 4)
            await asyncio.sleep(5)
            return server.writes

    assert [line.split("/")[-2] for line in run(main())] == [
        "serviceaccounts",
        "deployments",
        "services",
        "orders",
    ]


def test_nothing_is_written_before_all_children_are_listed() -> None:
    """Everything would look missing, and the operator says that it is not ready."""

    async def main() -> None:
        server = Server()
        server.listing.clear()
        server.there = {UID}
        async with running(server) as loop:
            loop.observe(None, microservice())
            await asyncio.sleep(60)
            assert server.writes == []
            assert loop.not_ready() == "the children have not been listed yet"
            server.listing.set()
            await until(lambda: not loop.not_ready())
            await until(lambda: len(server.writes) == 4)

    run(main())


@pytest.mark.parametrize(
    "error", [refused(503), refused(409), KeyError("a bug")], ids=["away", "overtaken", "bug"]
)
def test_a_pass_that_fails_is_repeated_until_it_succeeds(error: Exception) -> None:
    """Whatever was the matter, nothing has to happen for it to go on."""

    async def main() -> int:
        server = Server()
        server.fails = [error] * 30
        async with running(server) as loop:
            loop.observe("ADDED", microservice())
            await asyncio.sleep(4 * 3600)
            known = loop.microservices.get(KEY)
            assert known is not None
            assert known.status["observedGeneration"] == 1
            return len(server.fails)

    assert run(main()) == 0


def test_one_apps_bad_luck_is_its_own() -> None:
    """A pass that ends in a bug leaves the workers to the others."""

    async def main() -> None:
        server = Server()
        broken = microservice(name="broken", uid="broken")
        broken["spec"] = "no mapping at all"
        async with running(server) as loop:
            loop.observe("ADDED", broken)
            loop.observe("ADDED", microservice())
            await until(lambda: len(server.writes) >= 4)

    run(main())


def test_who_is_deleted_is_forgotten() -> None:
    """No pass follows, although one was due."""

    async def main() -> None:
        server = Server()
        async with running(server) as loop:
            loop.observe("ADDED", microservice())
            await until(lambda: len(server.writes) == 4)
            server.there.clear()
            loop.observe("DELETED", microservice(900))
            await asyncio.sleep(3600)
            assert len(loop.microservices) == 0
            assert len(server.writes) == 4

    run(main())


def test_a_touch_costs_no_pass() -> None:
    """An annotation is not ours to read."""

    async def main() -> None:
        server = Server()
        async with running(server) as loop:
            loop.observe("ADDED", microservice())
            await until(lambda: len(server.writes) == 4)
            await asyncio.sleep(1)
            known = loop.microservices.get(KEY)
            assert known is not None
            touched = dict(known.body)
            touched["metadata"] = touched["metadata"] | {
                "resourceVersion": "990",
                "annotations": {"a": "b"},
            }
            before = sample("controller_runtime_reconcile_time_seconds_count")
            loop.observe("MODIFIED", touched)
            await asyncio.sleep(5)
            assert sample("controller_runtime_reconcile_time_seconds_count") == before

    run(main())


def test_the_queue_is_counted_whoever_fills_it() -> None:
    """Also when a child or a timer asks for a pass; and an empty queue has no depth."""

    async def main() -> None:
        server = Server()
        async with running(server) as loop:
            await asyncio.sleep(60)
            labels = {"name": "microservice"}
            before = sample("workqueue_adds_total", **labels)
            loop._wake("shop", "orders", urgent=True)  # noqa: SLF001  what the store calls
            assert sample("workqueue_depth", **labels) == 1
            await asyncio.sleep(1)
            assert sample("workqueue_depth", **labels) == 0
            assert sample("workqueue_adds_total", **labels) == before + 1

    run(main())


def test_a_deaf_watch_of_microservices_is_restarted() -> None:
    """The operator is not ready until it hears of those that are there."""

    async def main() -> None:
        restarted = asyncio.Event()
        async with running(Server()) as loop:
            loop.when_deaf(restarted.set)
            await asyncio.wait_for(restarted.wait(), 40)
            assert loop.not_ready() == "the Microservices have not been listed yet"
            loop.watcher_ended()
            loop.observe(None, microservice())
            await until(lambda: not loop.not_ready())

    run(main())


def test_silence_is_an_illness() -> None:
    """The kubelet restarts an operator that hears nothing any more, and is told of which kinds."""
    loop = run(_made())
    assert loop.ill() == ""

    for watch in loop._watches[:2]:  # noqa: SLF001  nobody else can make them deaf
        watch.alive -= DEAF_SECONDS + 1

    assert loop.ill() == f"nothing heard of ServiceAccount, Deployment for {DEAF_SECONDS} s"


async def _made() -> Loop:
    return Loop(Server(), Settings(), (), "here", Alone())


def test_a_window_that_opens_wakes_its_microservice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens in the cluster, and yet there is something to write."""
    began = datetime.fromisoformat("2026-07-01T08:50Z")
    sale = {"name": "sale", "start": "0 9 * * *", "duration": "1h", "min": 3, "leadTime": "5m"}

    async def main() -> list[str]:
        loop_time = asyncio.get_running_loop().time
        first = loop_time()
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=loop_time() - first))
        server = Server()
        server.spec = body(scaling={"max": 5, "schedules": [sale]}, resources=CPU)["spec"]
        async with running(server) as loop:
            loop.observe("ADDED", microservice() | {"spec": server.spec})
            await until(lambda: len(server.writes) == 6)
            await asyncio.sleep(290)
            assert len(server.writes) == 6
            await asyncio.sleep(15)
            return server.writes[6:]

    assert [line.split("/")[-2] for line in run(main())] == [
        "horizontalpodautoscalers",
        "orders",
    ]
