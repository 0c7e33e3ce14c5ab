from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.api import Unreachable
from microservice_operator.errors import Again, FieldConflict
from tests.unit.engine.answers import refused
from tests.unit.engine.world import edited, failing

if TYPE_CHECKING:
    from microservice_operator.errors import UserError
    from tests.unit.engine.world import World


def test_drift_is_undone(world: World) -> None:
    """One write, told of in one Event."""
    world.converge()
    edited(world)

    assert world.converge().error is None

    assert world.asked("PATCH") == ["Service"]
    assert world.noted.notes == [
        "DriftRepaired: Restored spec.type of Service/orders, changed by somebody."
    ]


def test_a_fight_is_given_up_after_three_rounds(world: World) -> None:
    """Somebody puts the field back each time: the pass says so, and comes again in a minute."""
    world.converge()
    for _ in range(3):
        edited(world)
        assert world.converge().error is None
    edited(world)

    converged = world.converge()

    assert world.api.sent == []
    assert isinstance(converged.error, FieldConflict)
    assert converged.retry_at == world.now + 60


def selecting(world: World, app: str) -> UserError | None:
    """Somebody sends the Service to other pods; what a pass says of it."""
    live = world.lives("Service")
    world.seen("Service", live | {"spec": {**live["spec"], "selector": {"app": app}}})
    return world.converge().error


def test_many_edits_of_one_map_are_no_fight(world: World) -> None:
    """What is replaced as a whole is one field to the server and many to people."""
    world.converge()

    assert [selecting(world, str(number)) for number in range(5)] == [None] * 5
    said = [selecting(world, "mine") for _ in range(4)]

    assert isinstance(said.pop(), FieldConflict)
    assert said == [None] * 3


def test_somebody_who_keeps_deleting_is_given_in_to(world: World) -> None:
    """Existence is a field like any other."""
    world.converge()
    world.settled = True
    for _ in range(3):
        world.gone("Service")
        assert world.converge().error is None
    world.gone("Service")

    converged = world.converge()

    assert isinstance(converged.error, FieldConflict)
    assert "keeps deleting Service/orders" in str(converged.error)


@pytest.mark.parametrize("error", [Unreachable("away"), refused(503)], ids=str)
def test_a_server_in_trouble_is_no_fight(world: World, error: Exception) -> None:
    """Only repairs that were made can have been undone."""
    world.converge()
    edited(world)
    world.says["services"] = failing(error)
    for _ in range(5):
        with pytest.raises(Again):
            world.converge()
    del world.says["services"]

    converged = world.converge()

    assert converged.error is None
    assert world.asked("PATCH") == ["Service"]


def test_what_the_server_insists_on_is_accepted(world: World) -> None:
    """A webhook that rewrites what we write must not make us write for ever."""
    mirrored = _mirrored(world)
    world.says["deployments"] = lambda _: mirrored
    world.converge()

    world.seen("Deployment", mirrored)
    world.converge()

    assert world.api.sent == []


def test_what_the_server_insists_on_stays_accepted_while_pods_come_and_go(world: World) -> None:
    """A rollout is many events, and none of them is somebody's edit."""
    world.says["deployments"] = lambda _: _mirrored(world)
    world.converge()

    world.seen("Deployment", _mirrored(world) | {"status": {"replicas": 1}})
    world.converge()

    assert world.api.sent == []
    assert world.noted.notes == []


def _mirrored(world: World) -> dict[str, Any]:
    live = world.lives("Deployment")
    [container] = live["spec"]["template"]["spec"]["containers"]
    container["image"] = "mirror.example/orders:1.4.2"
    return live
