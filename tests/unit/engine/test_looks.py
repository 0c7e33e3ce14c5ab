from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from microservice_operator.cluster.api import Unreachable
from microservice_operator.engine.looks import Look, Looks
from microservice_operator.engine.queue import Key
from microservice_operator.status import Rollout
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, in_turn, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

KEY = Key("shop", "orders")
SHORT = Rollout(
    wanted=2, current=True, pods=2, updated=2, ready=1, available=1, overdue=False, failure=""
)
COMPLETE = replace(SHORT, ready=2, available=2)
PULLING = {
    "metadata": {"name": "orders-1"},
    "status": {
        "containerStatuses": [
            {"name": "app", "image": "a", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
        ]
    },
}

HELD_UP = {
    "metadata": {"name": "orders-1", "namespace": "shop", "uid": "7"},
    "status": {
        "containerStatuses": [
            {"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}
        ]
    },
}
FAILED_MOUNT = {"reason": "FailedMount", "note": 'secret "orders-tls" not found'}

UNREADY = {
    "metadata": {"name": "orders-1", "namespace": "shop", "uid": "8"},
    "status": {"containerStatuses": [{"name": "app", "state": {"running": {}}}]},
}
FAILED_PROBE = {"reason": "Unhealthy", "note": "Readiness probe failed: 503"}


async def times_of_looks(looks: Looks, count: int, generation: int = 1) -> list[float]:
    """When an app that stays short of pods is looked at, as the loop would ask."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    times: list[float] = []
    while len(times) < count:
        look = await looks.look(KEY, generation, SHORT)
        if look.done:
            times.append(loop.time() - started)
        assert look.next_at is not None
        await asyncio.sleep(look.next_at - loop.time())
    return times


def with_looks(test: Callable[[Looks], Coroutine[None, None, None]]) -> Answers:
    """Run a test with looks that find no pods."""
    api = Answers(lambda _: {"items": []})

    async def main() -> None:
        await test(Looks(api))

    run(main())
    return api


def test_looks_become_rare() -> None:
    """The first after ten seconds, each pause twice the one before, up to a minute."""

    async def check(looks: Looks) -> None:
        times = await times_of_looks(looks, 8)

        assert times == pytest.approx([10, 30, 70, 130, 190, 250, 310, 370])

    with_looks(check)


def test_whoever_asks_before_is_told_when() -> None:
    """Passes for other reasons bring no look forward."""

    async def check(looks: Looks) -> None:
        due = asyncio.get_running_loop().time() + 10
        for _ in range(9):
            look = await looks.look(KEY, 1, SHORT)
            assert not look.done
            assert look.next_at == pytest.approx(due)
            await asyncio.sleep(1)

    assert with_looks(check).sent == []


def test_a_new_spec_begins_anew() -> None:
    """Its pods get their ten seconds, and are then looked at soon."""

    async def check(looks: Looks) -> None:
        await times_of_looks(looks, 5, generation=1)

        assert await times_of_looks(looks, 2, generation=2) == pytest.approx([10, 30])

    with_looks(check)


@pytest.mark.parametrize(
    "settled", [None, COMPLETE, replace(SHORT, failure="exceeded quota")], ids=str
)
def test_there_is_nothing_to_look_for(settled: Rollout | None) -> None:
    """Complete, or without pods, or known to lack the permission for them: the schedule ends."""

    async def check(looks: Looks) -> None:
        await times_of_looks(looks, 3)

        assert await looks.look(KEY, 1, settled) == Look()
        assert await times_of_looks(looks, 1) == pytest.approx([10])

    with_looks(check)


def test_who_is_gone_leaves_nothing_behind() -> None:
    """A process that lives for months must not collect schedules."""

    async def check(looks: Looks) -> None:
        await looks.look(KEY, 1, SHORT)
        looks.forget(KEY)
        looks.forget(KEY)

        assert not looks._schedules  # noqa: SLF001  memory that grows shows nowhere else

    with_looks(check)


def test_a_look_sees_the_pods_of_its_app() -> None:
    """Those of the two labels, in its namespace; and says what is wrong with them."""

    async def main() -> Look:
        looks = Looks(api)
        await looks.look(KEY, 1, SHORT)
        await asyncio.sleep(10)
        return await looks.look(KEY, 1, SHORT)

    api = Answers(lambda _: {"items": [PULLING]})
    look = run(main())

    assert look.done
    assert look.trouble is not None
    assert look.trouble.reason == "ImagePull"
    [sent] = api.sent
    assert sent.path == "/api/v1/namespaces/shop/pods"
    assert sent.query["labelSelector"] == (
        "app.kubernetes.io/name=orders,microservices.dev/track=stable"
    )


@pytest.mark.parametrize("error", [refused(403), refused(500), Unreachable("away")], ids=str)
def test_a_list_that_fails_says_nothing(error: Exception) -> None:
    """Neither that all is well nor that it is not; the next look is due as ever."""

    async def main() -> tuple[Look, float]:
        looks = Looks(Answers(in_turn([error])))
        await looks.look(KEY, 1, SHORT)
        await asyncio.sleep(10)
        return await looks.look(KEY, 1, SHORT), asyncio.get_running_loop().time()

    look, now = run(main())
    assert (look.done, look.trouble) == (False, None)
    assert look.next_at == pytest.approx(now + 20)


async def second_look(api: Answers) -> Look:
    """The first one that asks."""
    looks = Looks(api)
    await looks.look(KEY, 1, SHORT)
    await asyncio.sleep(10)
    return await looks.look(KEY, 1, SHORT)


def test_a_pod_that_waits_without_a_word_has_its_events_read() -> None:
    """Once in a look, and only its own."""
    api = Answers(in_turn([{"items": [HELD_UP]}, {"items": [FAILED_MOUNT]}]))

    look = run(second_look(api))

    assert look.trouble is not None
    assert look.trouble.reason == "ConfigMissing"
    assert api.lines[1:] == ["GET /apis/events.k8s.io/v1/namespaces/shop/events"]
    assert api.sent[1].query["fieldSelector"] == "regarding.uid=7"


def test_a_pod_that_is_not_ready_has_its_probe_told() -> None:
    """Its own status says no more than that."""
    api = Answers(in_turn([{"items": [UNREADY]}, {"items": [FAILED_PROBE]}]))

    look = run(second_look(api))

    assert look.trouble is not None
    assert look.trouble.message.endswith(" Readiness probe failed: 503.")
    assert api.sent[1].query["fieldSelector"] == "regarding.uid=8"


def test_a_pod_that_tells_its_trouble_costs_no_second_request() -> None:
    """Whoever else waits."""
    api = Answers(in_turn([{"items": [HELD_UP, PULLING]}]))

    assert run(second_look(api)).trouble is not None


@pytest.mark.parametrize("error", [refused(403), Unreachable("away")], ids=str)
def test_events_that_cannot_be_read_say_nothing(error: Exception) -> None:
    """The pods were seen all the same."""
    look = run(second_look(Answers(in_turn([{"items": [HELD_UP]}, error]))))

    assert (look.done, look.trouble) == (True, None)
