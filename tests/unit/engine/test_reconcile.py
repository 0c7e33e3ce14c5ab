from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.engine import clock
from microservice_operator.errors import Again
from tests.apps import body
from tests.unit.clock import run
from tests.unit.engine.answers import refused
from tests.unit.engine.world import KEY

if TYPE_CHECKING:
    from tests.unit.engine.answers import Sent
    from tests.unit.engine.world import Operator, World


def test_a_new_app_costs_its_children_and_one_status(operator: Operator, world: World) -> None:
    """And one Event, for what Ready says is new."""
    operator.run()

    assert world.api.lines[-1] == (
        "PATCH /apis/microservices.dev/v1alpha1/namespaces/shop/microservices/orders/status"
    )
    assert len(world.api.sent) == 4
    assert operator.condition("Applied")["status"] == "True"
    assert len(world.noted.notes) == 1


def test_a_second_pass_sends_nothing(operator: Operator, world: World) -> None:
    """Nor is anything told twice."""
    operator.run()
    operator.run()

    assert world.api.sent == []
    assert len(world.noted.notes) == 1


@pytest.mark.parametrize("gone", ["unseen", "deleting"])
def test_who_is_on_the_way_out_gets_no_write(operator: Operator, world: World, gone: str) -> None:
    """Its children are the garbage collector's business."""
    if gone == "unseen":
        operator.microservices.drop(operator.body)
    else:
        operator.touch(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})

    assert operator.run() is None
    assert world.api.sent == []


def test_an_invalid_spec_writes_nothing_but_status(operator: Operator, world: World) -> None:
    """The healthy children of the spec before keep serving."""
    operator.run()
    operator.touch(spec={"image": ""}, metadata={"generation": 2})

    operator.run()

    assert len(world.api.sent) == 1
    assert operator.condition("Applied")["reason"] == "Invalid"
    assert operator.condition("Stalled")["status"] == "True"
    assert world.noted.happenings[-1].type == "Warning"


def test_a_refused_child_is_in_the_status_and_comes_again(operator: Operator, world: World) -> None:
    """The pass knows when."""

    def refuse(_: Sent) -> object:
        raise refused(422, "no such field")

    world.says["services"] = refuse

    assert operator.run() == pytest.approx(world.now + 1, abs=1)
    assert operator.condition("Applied")["reason"] == "Rejected"
    assert "no such field" in operator.condition("Ready")["message"]


def test_a_rollout_that_stays_short_is_looked_at_again(operator: Operator) -> None:
    """Although nothing may happen until then."""
    operator.run()
    operator.pods(observedGeneration=1)

    assert operator.run() is not None


@pytest.mark.parametrize("error", [refused(409), refused(503), Unreachable("away")], ids=str)
def test_a_status_that_cannot_be_written_is_tried_again(
    operator: Operator, error: Exception
) -> None:
    """Also when the object has changed since it was read."""

    def refuse() -> None:
        raise error

    operator.before_status = refuse

    with pytest.raises(Again):
        operator.run()


def test_a_microservice_whose_status_is_not_found_has_left_unseen(
    operator: Operator, world: World
) -> None:
    """Its end was missed: no pass is repeated for it, and nothing is told of it."""

    def refuse() -> None:
        raise ApiError(404, "NotFound", "no")

    operator.before_status = refuse
    operator.run()

    assert operator.microservices.uids() == set()
    assert world.noted.notes == []
    assert operator.run() is None
    assert world.api.sent == []


def test_a_successor_outlives_a_status_that_is_not_found(operator: Operator) -> None:
    """It came while the question about its predecessor was on its way."""

    def replaced() -> None:
        made = body()
        made["metadata"] |= {"uid": "new", "resourceVersion": "900"}
        operator.microservices.observe(made)
        raise ApiError(404, "NotFound", "no")

    operator.before_status = replaced
    operator.run()

    assert operator.microservices.uids() == {"new"}


def test_nobody_is_told_of_a_status_that_was_not_written(operator: Operator, world: World) -> None:
    """The next pass tells it."""

    def refuse() -> None:
        raise refused(409)

    operator.before_status = refuse
    with pytest.raises(Again):
        operator.run()
    assert world.noted.notes == []

    operator.before_status = lambda: None
    operator.run()
    assert len(world.noted.notes) == 1


@pytest.mark.parametrize("successor", [False, True])
def test_the_answer_to_a_status_brings_nobody_back(operator: Operator, *, successor: bool) -> None:
    """The object was deleted, perhaps made anew, while the answer was on its way."""

    def replaced() -> None:
        operator.microservices.drop(operator.body)
        if successor:
            made = body()
            made["metadata"] |= {"uid": "new", "resourceVersion": "900"}
            operator.microservices.observe(made)

    operator.before_status = replaced
    operator.run()

    assert operator.microservices.uids() == ({"new"} if successor else set())


def test_a_successor_inherits_no_refusals(operator: Operator, world: World) -> None:
    """What was refused to its predecessor is tried at once."""

    def refuse(_: Sent) -> object:
        raise refused(422)

    world.says["services"] = refuse
    operator.run()

    operator.touch(metadata={"uid": "another"})
    operator.run()

    assert "Service" in world.asked("PATCH")


def test_a_passing_error_that_does_not_pass_is_told_in_the_end(
    operator: Operator, world: World
) -> None:
    """A webhook that is down answers 500 for hours: the user must not read an old status."""

    def broken(_: Sent) -> object:
        raise refused(500, "failed calling webhook: connection refused")

    world.says["services"] = broken

    async def main() -> None:
        for _ in range(30):
            try:
                await operator.reconciler.reconcile(KEY)
            except Again:
                await asyncio.sleep(60)

    run(main())
    assert "failed calling webhook" in operator.condition("Ready").get("message", "")


CPU = {"requests": {"cpu": "100m"}}
SALE = {"name": "sale", "start": "0 9 * * *", "duration": "1h", "min": 3, "leadTime": "5m"}


def test_a_window_that_opens_costs_one_child_and_one_status(
    operator: Operator, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass in between costs nothing; the alarm is set for when the next one is worth it."""
    monkeypatch.setattr(clock, "now", lambda: operator.time)
    operator.touch(spec=body(scaling={"max": 5, "schedules": [SALE]}, resources=CPU)["spec"])
    costs = {}
    for time in ("08:50", "08:54", "08:55", "09:30", "10:00"):
        operator.time = datetime.fromisoformat(f"2026-07-01T{time}Z")
        operator.run()
        costs[time] = [sent.path.split("/")[-1] for sent in world.api.sent]

    assert len(costs.pop("08:50")) == 6
    both = ["orders", "status"]
    assert costs == {"08:54": [], "08:55": both, "09:30": [], "10:00": both}
    assert operator.body["status"]["schedule"]["next"]["start"] == "2026-07-02T09:00:00Z"


def test_an_alarm_is_set_for_the_next_change_and_for_none_else(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is woken for a spec that has no schedules, or that is invalid."""
    monkeypatch.setattr(clock, "now", lambda: operator.time)
    scheduled = body(scaling={"max": 5, "schedules": [SALE]}, resources=CPU)["spec"]
    for number, spec in enumerate((scheduled, {"image": ""}, scheduled, body()["spec"])):
        operator.touch(spec=spec, metadata={"generation": number + 1})
        operator.run()
        assert len(operator.reconciler.alarms) == (1 if spec is scheduled else 0)
