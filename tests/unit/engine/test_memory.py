from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.telemetry import metrics
from tests.apps import body
from tests.unit.engine.answers import refused
from tests.unit.engine.world import KEY

if TYPE_CHECKING:
    from tests.unit.engine.answers import Sent
    from tests.unit.engine.world import Operator, World

SALE = {"name": "sale", "start": "0 9 * * *", "duration": "1h", "min": 2}
CPU = {"requests": {"cpu": "100m"}}
SCALING = {"max": 5, "schedules": [SALE]}
READY = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


def series(kind: str) -> dict[str, float]:
    """What the metrics say of a condition, by status."""
    return {
        sample.labels["status"]: sample.value
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        if sample.name == "microservice_condition"
        and (sample.labels["namespace"], sample.labels["name"]) == KEY
        and sample.labels["type"] == kind
    }


def test_the_metrics_say_what_the_status_says(operator: Operator) -> None:
    """One of the three statuses is one."""
    operator.run()
    assert series("Ready") == {"True": 0, "False": 1, "Unknown": 0}

    operator.pods(**READY)
    operator.run()
    assert series("Ready") == {"True": 1, "False": 0, "Unknown": 0}


def test_a_condition_that_no_longer_stands_does_not_stand_in_the_metrics(
    operator: Operator,
) -> None:
    """An alert on Stalled ends when the user has corrected the spec."""
    operator.touch(spec={"image": ""})
    operator.run()
    assert series("Stalled")["True"] == 1

    operator.touch(spec=body()["spec"], metadata={"generation": 2})
    operator.pods(**READY)
    operator.run()

    assert operator.condition("Stalled") == {}
    assert series("Stalled").get("True", 0) == 0


def test_who_is_gone_leaves_nothing_behind(operator: Operator, world: World) -> None:
    """Neither refusals nor looks nor alarms nor metrics."""
    operator.touch(spec=body(scaling=SCALING, resources=CPU)["spec"])

    def refuse(_: Sent) -> object:
        raise refused(422)

    world.says["services"] = refuse
    operator.run()
    operator.pods(observedGeneration=1)
    operator.run()

    operator.microservices.drop(operator.body)
    operator.reconciler.forget(KEY)

    assert _remembered(operator) == (0, 0, 0, {})


def test_who_leaves_during_the_pass_leaves_nothing_behind(operator: Operator, world: World) -> None:
    """The end may come while a child is being written."""
    operator.touch(spec=body(scaling=SCALING, resources=CPU)["spec"])
    operator.run()
    operator.pods(observedGeneration=1)
    live = world.lives("Service")
    live["spec"] = {**live["spec"], "type": "NodePort"}
    world.seen("Service", live)

    def leave(sent: Sent) -> object:
        operator.microservices.drop(operator.body)
        operator.reconciler.forget(KEY)
        return world.accepted(sent.body)

    world.says["services"] = leave
    operator.run()
    operator.run()

    assert _remembered(operator) == (0, 0, 0, {})


def _remembered(operator: Operator) -> tuple[int, int, int, dict[str, float]]:
    reconciler = operator.reconciler
    return (
        len(reconciler._refusals),  # noqa: SLF001  memory that grows shows nowhere else
        len(reconciler.looks._schedules),  # noqa: SLF001  as above
        len(reconciler.alarms),
        series("Ready"),
    )
