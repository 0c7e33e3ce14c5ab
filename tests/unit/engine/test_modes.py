"""Planning and pausing: what is said is true, and nothing is written but that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.errors import Away
from microservice_operator.model.kinds import MICROSERVICE
from tests.apps import body
from tests.unit.engine.answers import refused
from tests.unit.engine.world import edited, failing, owned_by

if TYPE_CHECKING:
    from tests.unit.engine.world import Operator, World

ALL = ["Deployment", "Service", "ServiceAccount"]


def _edit(operator: Operator, **spec: Any) -> None:
    generation = operator.body["metadata"]["generation"] + 1
    operator.touch(spec=body(**spec)["spec"], metadata={"generation": generation})


def _changes(operator: Operator) -> list[tuple[str, str, tuple[str, ...]]]:
    return sorted(
        (change["action"], change["kind"], tuple(change.get("fields", ())))
        for change in operator.body["status"]["plan"]["changes"]
    )


def _writes(world: World) -> list[str]:
    return sorted(
        sent.path.split("/")[-2]
        for sent in world.api.sent
        if sent.method != "GET" and not sent.path.endswith("/status")
    )


def test_a_plan_for_a_new_app_creates_everything_and_writes_nothing(
    operator: Operator, world: World
) -> None:
    """One status, and no more requests however often it is looked at."""
    _edit(operator, mode="Plan")

    operator.run()

    assert _changes(operator) == [("Create", kind, ()) for kind in ALL]
    assert world.api.lines == [f"PATCH {MICROSERVICE.path('shop', 'orders')}/status"]
    assert "version" not in operator.body["status"]
    operator.run()
    assert world.api.sent == []


def test_a_plan_reads_what_it_has_forgotten_once(operator: Operator, world: World) -> None:
    """The bytes of a healthy child are not kept, but the paths must be right."""
    operator.run()
    old = next(sent.body for sent in world.api.sent if "/deployments/" in sent.path)
    live = world.accepted(old)
    world.says["deployments"] = lambda _: live
    _edit(operator, mode="Plan", image="registry.example/orders:2")

    operator.run()

    assert _changes(operator) == [
        ("Update", "Deployment", ("spec.template.spec.containers[app].image",))
    ]
    assert world.asked("GET") == ["Deployment"]
    assert _writes(world) == []
    operator.run()
    assert world.api.sent == []


def test_a_child_that_cannot_be_read_is_tried_again(operator: Operator, world: World) -> None:
    """Half a plan would not be true."""
    operator.run()
    world.says["deployments"] = failing(refused(503))
    _edit(operator, mode="Plan", image="registry.example/orders:2")

    with pytest.raises(Away):
        operator.run()


def test_drift_is_planned_and_not_healed(operator: Operator, world: World) -> None:
    """It refreshes the plan; Apply brings back exactly that, and the plan goes."""
    operator.run()
    _edit(operator, mode="Plan")
    operator.run()
    assert _changes(operator) == []
    hash_of_nothing = operator.body["status"]["plan"]["hash"]
    told = len(world.noted.notes)

    edited(world)
    operator.run()

    assert _changes(operator) == [("Update", "Service", ("spec.type",))]
    assert operator.body["status"]["plan"]["hash"] != hash_of_nothing
    assert (_writes(world), len(world.noted.notes)) == ([], told)
    _edit(operator)
    operator.run()
    assert _writes(world) == ["services"]
    assert "plan" not in operator.body["status"]


def test_what_is_not_wanted_is_planned_to_go(operator: Operator, world: World) -> None:
    """And what is on its way out will be made again."""
    operator.run()
    gone = world.lives("ServiceAccount", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    world.seen("ServiceAccount", gone)
    world.says["deployments"] = lambda _: world.lives("Deployment")
    _edit(operator, mode="Plan", ports=[], image="registry.example/orders:2")

    operator.run()

    actions = [change[:2] for change in _changes(operator)]
    assert actions == [
        ("Create", "ServiceAccount"),
        ("Delete", "Service"),
        ("Update", "Deployment"),
    ]


@pytest.mark.parametrize(
    ("metadata", "change", "told"),
    [
        (owned_by("Microservice", "payments"), [], "belongs to Microservice/payments"),
        (owned_by("Microservice", "orders"), [("Create", "Service", ())], ""),
        (
            {"ownerReferences": [], "annotations": {"microservices.dev/adopt": "true"}},
            [("Update", "Service", ("metadata.ownerReferences",))],
            "",
        ),
    ],
    ids=["stranger", "leaving", "offered"],
)
def test_who_has_a_name_is_foreseen(
    operator: Operator, world: World, metadata: dict[str, Any], change: list[Any], told: str
) -> None:
    """A stranger is named, a predecessor is waited for, and what is offered is taken over."""
    world.seen("Service", world.lives("Service", metadata=metadata))
    _edit(operator, mode="Plan")

    operator.run()

    found = [each for each in _changes(operator) if each[1] == "Service"]
    assert [each[:2] for each in found] == [each[:2] for each in change]
    assert told in operator.condition("Applied")["message"]
    assert operator.condition("Applied")["reason"] == "Planned"


def test_equal_plans_have_equal_hashes_and_others_do_not(operator: Operator) -> None:
    """A value counts although it is not told."""
    hashes = []
    for image in ("registry.example/a:1", "registry.example/a:2", "registry.example/a:1"):
        _edit(operator, mode="Plan", image=image)
        operator.run()
        hashes.append(operator.body["status"]["plan"]["hash"])

    assert hashes[0] == hashes[2] != hashes[1]


def test_paused_touches_nothing_and_says_so(operator: Operator, world: World) -> None:
    """The status follows the spec and the pods; a damaged child stays damaged until it is over."""
    operator.run()
    _edit(operator, mode="Paused", image="registry.example/orders:2")
    operator.run()
    assert operator.condition("Ready")["status"] == "Unknown"
    assert operator.condition("Applied")["reason"] == "Paused"
    assert operator.body["status"]["observedGeneration"] == 2
    assert _writes(world) == []

    edited(world)
    operator.run()
    assert world.api.sent == []

    _edit(operator, image="registry.example/orders:2")
    operator.run()
    assert _writes(world) == ["deployments", "services"]
    assert operator.condition("Applied")["status"] == "True"


@pytest.mark.parametrize("mode", ["Plan", "Paused"])
def test_a_wrong_spec_is_wrong_in_every_mode(operator: Operator, mode: str) -> None:
    """The user must hear of it before it is applied."""
    _edit(operator, mode=mode, replicas=-1)

    operator.run()

    assert operator.condition("Applied")["reason"] == "Invalid"
    assert "plan" not in operator.body["status"]


@pytest.mark.parametrize("mode", ["Apply", "Plan", "Paused"])
def test_what_the_platform_forbids_is_said_and_not_done(
    operator: Operator, world: World, mode: str
) -> None:
    """In no mode is anything written, read or planned for it; what is there stays as it is."""
    operator.run()
    world.gone("Service")
    _edit(operator, mode=mode, serviceAccountName="deployer", image="registry.example/orders:2")

    operator.run()

    assert world.api.lines == [f"PATCH {MICROSERVICE.path('shop', 'orders')}/status"]
    assert operator.condition("Applied")["reason"] == "Forbidden"
    assert "must not be 'deployer'" in operator.condition("Stalled")["message"]
    assert "plan" not in operator.body["status"]
    operator.run()
    assert world.api.sent == []
