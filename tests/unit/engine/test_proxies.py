"""Whether pods have proxies is seen in each rollout, and never taken for granted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.api import Unreachable
from microservice_operator.cluster.decode import child
from microservice_operator.engine.proxies import AGAIN_AFTER, Proxies, Sight
from microservice_operator.engine.queue import Key
from microservice_operator.model.kinds import DEPLOYMENT
from microservice_operator.status import Rollout
from tests import apps
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, refused

if TYPE_CHECKING:
    from microservice_operator.cluster.decode import Child

KEY = Key("shop", "orders")
GUARDED = apps.meshed(allowFrom=[])
COMPLETE = Rollout(
    wanted=1, current=True, pods=1, updated=1, ready=1, available=1, overdue=False, failure=""
)
UNREADY = replace(COMPLETE, ready=0, available=0)
HALF = replace(COMPLETE, pods=2)
BEGUN = replace(COMPLETE, updated=0)
FAILING = replace(COMPLETE, wanted=2, pods=2, updated=2)
APP, PROXY = {"name": "app"}, {"name": "istio-proxy"}
WITH = {"metadata": {}, "spec": {"containers": [APP], "initContainers": [PROXY]}}
WITHOUT = {"metadata": {}, "spec": {"containers": [APP]}}
LEAVING = {"metadata": {"deletionTimestamp": "now"}, "spec": {"containers": [APP]}}


def deployment(rollout: Rollout = COMPLETE, digest: bytes = b"one") -> Child:
    """A Deployment that has come so far."""
    raw = (
        b'{"metadata": {"name": "orders", "namespace": "shop", "uid": "1", "resourceVersion": "1"},'
    )
    raw += b'"spec": {"template": {"metadata": {}, "spec": {}}}}'
    return replace(child(DEPLOYMENT, raw), rollout=rollout, digest=digest)


def answering(*pods: dict[str, Any]) -> Answers:
    """An API server with these pods."""
    return Answers(lambda _: {"items": list(pods)})


@pytest.mark.parametrize(
    ("pods", "proxied"),
    [([WITH], True), ([WITHOUT], False), ([WITH, WITHOUT], False), ([WITH, LEAVING], True)],
)
def test_all_pods_that_stay_must_have_a_proxy(pods: list[Any], *, proxied: bool) -> None:
    """One without serves everything to everybody."""
    sight = run(Proxies(answering(*pods)).look(KEY, GUARDED, [deployment()]))

    assert sight.proxied is proxied
    assert (sight.next_at is None) == proxied


def test_who_needs_no_proxy_is_not_looked_at() -> None:
    """Most apps cost nothing."""
    answers = answering(WITHOUT)

    for app in (apps.meshed(), apps.app(allowFrom=[])):
        assert run(Proxies(answers).look(KEY, app, [deployment()])) == Sight()
    assert answers.sent == []


def test_each_state_of_a_deployment_is_looked_at_once() -> None:
    """A rollout when its first pods are made and when it is over; between, the last sight holds."""
    answers = answering(WITH)

    async def live() -> list[bool | None]:
        proxies = Proxies(answers)
        rollout = [deployment(BEGUN, b"a"), deployment(HALF, b"b"), deployment(HALF, b"c")]
        looks = [deployment(), deployment(), *rollout, deployment(digest=b"two")]
        return [(await proxies.look(KEY, GUARDED, [each])).proxied for each in looks]

    assert run(live()) == [True] * 6
    assert len(answers.sent) == 3


def test_a_rollout_without_proxies_is_found_out_by_its_first_pod() -> None:
    """Nothing was made yet when it began, and pods that only fail for a moment are no rollout."""
    answers = answering(WITH)

    async def live() -> list[bool | None]:
        proxies = Proxies(answers)
        await proxies.look(KEY, GUARDED, [deployment()])
        answers.answer = lambda _: {"items": [WITH, WITHOUT]}
        looks = [deployment(rollout, b"new") for rollout in (BEGUN, FAILING, HALF)]
        return [(await proxies.look(KEY, GUARDED, [each])).proxied for each in looks]

    assert run(live()) == [True, True, False]


def test_each_version_is_looked_at() -> None:
    """Its pods may come without a proxy although the others have theirs, and one by one."""
    answers = answering(WITH)

    async def live() -> list[bool | None]:
        proxies, stable = Proxies(answers), deployment()
        other = replace(deployment(HALF), name="orders-v2")
        looks = [[stable], [stable, replace(other, rollout=UNREADY)], [stable, other]]
        found = [(await proxies.look(KEY, GUARDED, each)).proxied for each in looks]
        answers.answer = lambda _: {"items": [WITH, WITHOUT]}
        whole = [stable, replace(other, rollout=COMPLETE)]
        return [*found, *[(await proxies.look(KEY, GUARDED, whole)).proxied for _ in range(2)]]

    assert run(live()) == [True, True, True, False, False]
    assert len(answers.sent) == 3


def test_after_a_restart_pods_are_looked_at_in_the_middle_of_a_rollout() -> None:
    """Else routes that are served would be taken back until it is over; and once more then."""
    answers = answering(WITH)

    async def live() -> list[bool | None]:
        proxies = Proxies(answers)
        looks = [deployment(UNREADY), deployment(HALF), deployment(HALF), deployment()]
        return [(await proxies.look(KEY, GUARDED, [each])).proxied for each in looks]

    assert run(live()) == [None, True, True, True]
    assert len(answers.sent) == 2


def test_pods_without_a_proxy_are_looked_at_again() -> None:
    """They may end by themselves, and who starts them anew need not wait for it."""
    answers = answering(WITHOUT)

    async def live() -> list[bool | None]:
        proxies = Proxies(answers)
        found = [(await proxies.look(KEY, GUARDED, [deployment()])).proxied]
        answers.answer = lambda _: {"items": [WITH]}
        found.append((await proxies.look(KEY, GUARDED, [deployment()])).proxied)
        await asyncio.sleep(AGAIN_AFTER)
        found.append((await proxies.look(KEY, GUARDED, [deployment()])).proxied)
        return found

    assert run(live()) == [False, False, True]


@pytest.mark.parametrize("answer", [refused(403), Unreachable("gone"), {"items": None}], ids=str)
def test_what_cannot_be_seen_is_not_known(answer: Any) -> None:
    """What was seen before goes on to hold."""

    def asked(_: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def live() -> list[bool | None]:
        answers = Answers(asked)
        proxies = Proxies(answers)
        found = [(await proxies.look(KEY, GUARDED, [deployment()])).proxied]
        answers.answer = lambda _: {"items": [WITH]}
        found.append((await proxies.look(KEY, GUARDED, [deployment()])).proxied)
        answers.answer = asked
        found.append((await proxies.look(KEY, GUARDED, [deployment(digest=b"two")])).proxied)
        return found

    assert run(live()) == [None, True, True]


def test_without_a_deployment_there_is_nothing_to_see() -> None:
    """It comes in a moment."""
    answers = answering(WITH)

    assert run(Proxies(answers).look(KEY, GUARDED, [])) == Sight()
    assert answers.sent == []
