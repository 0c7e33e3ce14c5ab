"""The writes by which the number of pods passes to an autoscaler, and what they can run into."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.errors import Again
from tests import apps
from tests.unit.engine.answers import refused
from tests.unit.engine.world import failing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.engine.answers import Sent
    from tests.unit.engine.world import Operator, World

OURS, BETWEEN = "microservice-operator", "microservice-operator/handover"
SCALED: dict[str, Any] = {"resources": {"requests": {"cpu": "1"}}, "scaling": {"min": 2}}


def writes(world: World) -> list[tuple[str, Any]]:
    """Who wrote which number of pods to the Deployment, in order; None is no word of it."""
    return [
        (sent.query["fieldManager"], sent.body["spec"].get("replicas"))
        for sent in world.api.sent
        if "/deployments/" in sent.path and isinstance(sent.body, dict)
    ]


def running(world: World, replicas: int, *, changed: bool = False) -> None:
    """A Deployment whose number of pods is ours; somebody may have changed another field."""
    world.app = apps.app(replicas=replicas)
    world.converge()
    live = world.lives("Deployment")
    fields: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
    entry = {"manager": OURS, "operation": "Apply", "fieldsV1": fields}
    live["metadata"]["managedFields"] = [entry]
    if changed:
        live["spec"]["template"]["spec"]["containers"][0]["image"] = "evil"
    world.seen("Deployment", live)
    if not changed:
        world.converge()


def without(answer: Callable[[Sent], object], manager: str, error: Exception) -> Any:
    """This manager's writes are refused, and everybody else's accepted."""

    def says(sent: Sent) -> object:
        if sent.query.get("fieldManager") == manager:
            raise error
        return answer(sent)

    return says


def test_a_new_app_is_given_its_fewest_pods(world: World) -> None:
    """By a second write, which gives way to whoever was faster."""
    world.app = apps.app(**SCALED)

    world.converge()

    assert writes(world) == [(OURS, None), (BETWEEN, 2)]
    [handed] = [sent for sent in world.api.sent if sent.query["fieldManager"] == BETWEEN]
    assert handed.query["force"] == "false"
    assert handed.body["metadata"]["uid"] == "uid-of-Deployment"
    world.converge()
    assert world.api.sent == []


def test_one_pod_is_what_the_server_makes_of_silence(world: World) -> None:
    """So that it costs no second write."""
    world.app = apps.app(**{**SCALED, "scaling": {}})

    world.converge()

    assert writes(world) == [(OURS, None)]


def test_a_second_write_that_fails_does_no_harm(world: World) -> None:
    """The child is known by then, and the autoscaler lifts it."""
    world.app = apps.app(**SCALED)
    accept = world.accepted
    world.says["deployments"] = without(
        lambda sent: accept(sent.body), BETWEEN, refused(503, "away")
    )

    with pytest.raises(Again):
        world.converge()

    assert world.converge().error is None
    assert writes(world) == []


@pytest.mark.parametrize("changed", [False, True], ids=["forgotten", "looked at"])
def test_switched_on_the_number_is_handed_over_first(world: World, *, changed: bool) -> None:
    """Whether the child's content is known or was dropped."""
    running(world, 3, changed=changed)
    world.app = apps.app(**SCALED)

    world.converge()

    assert writes(world) == [(BETWEEN, 3), (OURS, None)]


def test_after_a_repair_by_patch_the_number_is_handed_over(world: World) -> None:
    """The patch leaves it alone, and what we applied is let go of by an apply."""
    running(world, 3)
    known = world.store.at("Deployment", "shop", "orders")
    assert known
    fields: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
    live = world.lives("Deployment")
    live["metadata"]["managedFields"] = [
        {"manager": OURS, "operation": "Apply", "fieldsV1": fields}
    ]
    damaged = deepcopy(live)
    ports = damaged["spec"]["template"]["spec"]["containers"][0]["ports"]
    ports.append({"containerPort": 9, "protocol": "TCP"})
    world.seen("Deployment", damaged)
    world.app = apps.app(**SCALED)
    world.says["deployments"] = lambda sent: (
        live if isinstance(sent.body, list) else world.accepted(sent.body)
    )

    world.converge()

    [patch] = [sent.body for sent in world.api.sent if isinstance(sent.body, list)]
    assert not [each for each in patch if each["path"].startswith("/spec/replicas")]
    assert world.api.sent.index(next(s for s in world.api.sent if isinstance(s.body, list))) == 0
    assert writes(world) == [(BETWEEN, 3), (OURS, None)]


def test_from_zero_the_fewest_pods_are_forced(world: World) -> None:
    """No autoscaler starts from there."""
    running(world, 0)
    world.app = apps.app(**SCALED)

    world.converge()

    assert writes(world) == [(BETWEEN, 2), (OURS, None)]
    assert world.api.sent[0].query["force"] == "true"


def test_a_number_that_somebody_has_moved_is_not_handed_over(world: World) -> None:
    """A conflict says that it is not ours any more, so we can let go."""
    running(world, 3)
    world.app = apps.app(**SCALED)
    accept = world.accepted
    world.says["deployments"] = without(lambda sent: accept(sent.body), BETWEEN, refused(409))

    assert world.converge().error is None

    assert writes(world) == [(BETWEEN, 3), (OURS, None)]


def test_a_number_that_we_remember_wrongly_is_looked_up_again(world: World) -> None:
    """The conflict is with ourselves: letting go of it then would cost pods."""
    running(world, 3)
    world.app = apps.app(**SCALED)
    words = f'Apply failed with 1 conflict: conflict with "{OURS}" using apps/v1: .spec.replicas'
    world.says["deployments"] = failing(refused(409, words))

    with pytest.raises(Again):
        world.converge()

    assert writes(world) == [(BETWEEN, 3)]


def test_a_handover_that_fails_keeps_the_number_ours(world: World) -> None:
    """Letting go of it then would cost pods."""
    running(world, 3)
    world.app = apps.app(**SCALED)
    world.says["deployments"] = failing(refused(503))

    with pytest.raises(Again):
        world.converge()

    assert writes(world) == [(BETWEEN, 3)]


def test_a_child_that_is_taken_back_hands_over_what_it_held(world: World) -> None:
    """Its labels were stripped, so that it is found by its name only."""
    running(world, 3)
    live = world.lives("Deployment")
    fields: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
    live["metadata"]["managedFields"] = [
        {"manager": OURS, "operation": "Apply", "fieldsV1": fields}
    ]
    world.gone("Deployment")
    world.app = apps.app(**SCALED)

    def says(sent: Sent) -> object:
        if sent.method == "GET":
            return live
        if sent.body["metadata"].get("resourceVersion"):
            raise refused(409)
        return world.accepted(sent.body)

    world.says["deployments"] = says

    assert world.converge().error is None

    assert writes(world) == [(OURS, 3), (BETWEEN, 3), (OURS, None)]


def test_a_child_that_was_taken_away_returns_with_its_pods(world: World) -> None:
    """They may have outlived it; one pod for a moment would be the end of all others."""
    world.app = apps.app(**SCALED)
    world.converge()
    live = world.lives("Deployment")
    live["spec"]["replicas"] = 8
    world.seen("Deployment", live)
    world.gone("Deployment")

    def says(sent: Sent) -> object:
        made = world.accepted(sent.body)
        entry = {"manager": OURS, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
        made["metadata"]["managedFields"] = [entry] if "replicas" in made["spec"] else []
        return made

    world.says["deployments"] = says
    world.converge()

    assert writes(world) == [(OURS, 8), (BETWEEN, 8), (OURS, None)]
    world.converge()
    assert world.api.sent == []


def test_the_status_tells_of_the_autoscaler(operator: Operator, world: World) -> None:
    """What it says of itself, and nothing when there is none."""
    operator.run()
    assert operator.condition("Autoscaled") == {}

    operator.touch(spec={"image": apps.IMAGE, **SCALED}, metadata={"generation": 2})
    operator.run()
    assert operator.condition("Autoscaled")["reason"] == "Autoscaling"

    world.says["horizontalpodautoscalers"] = failing(refused(422))
    operator.touch(spec={"image": apps.IMAGE, "ports": []}, metadata={"generation": 3})
    operator.run()
    assert operator.condition("Autoscaled") == {}
