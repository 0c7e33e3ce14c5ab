from __future__ import annotations

import asyncio
import json

import pytest

from microservice_operator.cluster.shared import SHARED_CONFIG
from microservice_operator.engine.leadership import Alone
from microservice_operator.engine.loop import Loop
from microservice_operator.engine.queue import Key
from microservice_operator.engine.watches import DEAF_SECONDS
from microservice_operator.platform import Settings
from microservice_operator.telemetry import metrics
from tests.apps import UID
from tests.unit.clock import run
from tests.unit.engine.answers import refused
from tests.unit.engine.loops import Server, microservice, running, until

KEY = Key("shop", "orders")
CPU = {"requests": {"cpu": "100m"}}


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


def test_a_shared_config_map_wakes_those_who_use_it() -> None:
    """What has waited for it is made as soon as its watch tells that it is there."""

    async def main() -> list[str]:
        server = Server()
        server.spec["config"] = {"shared": ["settings"]}
        async with running(server) as loop:
            loop.observe("ADDED", microservice() | {"spec": server.spec})
            await until(lambda: len(server.writes) == 3)
            [watch] = [each for each in loop._watches._always if each.kind is SHARED_CONFIG]  # noqa: SLF001  stands in for the server
            found = {"metadata": {"name": "settings", "namespace": "shop"}, "data": {"A": "1"}}
            watch.sink.seen(watch.kind, json.dumps(found).encode())
            await until(lambda: len(server.writes) == 6)
            return server.writes

    assert [line.split("/")[-2] for line in run(main())] == [
        *("serviceaccounts", "services", "orders"),
        *("configmaps", "deployments", "orders"),
    ]


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

    for watch in loop._watches._always[:2]:  # noqa: SLF001  nobody else can make them deaf
        watch.alive -= DEAF_SECONDS + 1

    assert loop.ill() == f"nothing heard of ServiceAccount, ConfigMap for {DEAF_SECONDS} s"


async def _made() -> Loop:
    return Loop(Server(), Settings(), (), "here", Alone())
