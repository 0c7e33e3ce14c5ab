from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.errors import Again, NameTaken
from tests.unit.engine.answers import in_turn, refused
from tests.unit.engine.world import owned_by

if TYPE_CHECKING:
    from tests.unit.engine.world import World

NOBODY: list[Any] = []
HELM = "helm.toolkit.fluxcd.io/v2"
LATER = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        (owned_by("HelmRelease", "orders", api=HELM), "HelmRelease/orders"),
        (owned_by("Microservice", "carts"), "Microservice/carts"),
        (owned_by("Microservice", "orders", api="other.example/v1"), "Microservice/orders"),
        ({"ownerReferences": NOBODY}, "nobody in particular"),
    ],
)
def test_a_taken_name_is_reported_with_its_owner(
    world: World, metadata: dict[str, Any], owner: str
) -> None:
    """A stranger is never written to; the name is asked for again within ten seconds."""
    stranger = world.lives("Service", metadata=metadata)
    world.says["services"] = in_turn([refused(409), stranger])

    converged = world.converge()

    assert isinstance(converged.error, NameTaken)
    assert f"Service/orders exists already and belongs to {owner};" in str(converged.error)
    assert world.asked("GET") == ["Service"]
    assert len(world.api.sent) == 4
    assert converged.retry_at is not None
    assert converged.retry_at - world.now <= 10


@pytest.mark.parametrize(
    "metadata",
    [{"ownerReferences": NOBODY}, {"ownerReferences": NOBODY, "deletionTimestamp": LATER}],
    ids=["there", "leaving"],
)
def test_no_pod_runs_as_a_stranger(world: World, metadata: dict[str, Any]) -> None:
    """Whoever names a Microservice as an account that is there must not get its rights."""
    stranger = world.lives("ServiceAccount", metadata=metadata)
    world.says["serviceaccounts"] = in_turn([refused(409), stranger])

    world.converge()

    assert world.asked("PATCH") == ["Service", "ServiceAccount"]


def test_a_stranger_with_our_label_costs_no_request(world: World) -> None:
    """The store knows already who has the name."""
    world.seen(
        "Service", world.lives("Service", metadata=owned_by("HelmRelease", "orders", api=HELM))
    )

    assert isinstance(world.converge().error, NameTaken)
    assert world.asked("PATCH") == ["Deployment", "ServiceAccount"]


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({}, "DriftRepaired: Restored labels and owner of Service/orders, changed by somebody."),
        (
            {"ownerReferences": NOBODY, "annotations": {"microservices.dev/adopt": "true"}},
            "Adopted: Took over Service/orders.",
        ),
    ],
    ids=["ours without its label", "offered"],
)
def test_what_may_be_ours_is_taken_over(world: World, metadata: dict[str, Any], told: str) -> None:
    """The write names its uid, so that it cannot hit another object."""
    there = world.lives("Service", metadata=metadata)
    world.says["services"] = in_turn([refused(409), there, there])

    assert world.converge().error is None

    uids = [
        sent.body["metadata"].get("uid")
        for sent in world.api.sent
        if sent.method == "PATCH" and "/services/" in sent.path
    ]
    assert uids == [None, "uid-of-Service"]
    assert told in world.noted.notes


def test_what_was_ours_is_taken_back(world: World) -> None:
    """Somebody has taken the owner reference away: the child is not left to itself."""
    world.converge()
    world.seen("Service", world.lives("Service", metadata={"ownerReferences": NOBODY}))

    assert world.converge().error is None
    assert world.asked("PATCH") == ["Service"]


def test_a_child_that_is_being_deleted_is_waited_for(world: World) -> None:
    """It is not written to; its end is an event that starts the next pass."""
    world.seen("Service", world.lives("Service", metadata={"deletionTimestamp": LATER}))

    converged = world.converge()

    assert world.asked("PATCH") == ["Deployment", "ServiceAccount"]
    assert (
        converged.recreating
        == "Service/orders is being deleted; it will be created when it is gone."
    )


@pytest.mark.parametrize(
    "metadata",
    [
        owned_by("Microservice", "orders", uid="an earlier one"),
        {"ownerReferences": NOBODY, "labels": {}, "deletionTimestamp": LATER},
    ],
    ids=["of an earlier Microservice", "of a stranger"],
)
def test_a_name_that_becomes_free_is_asked_for_again(
    world: World, metadata: dict[str, Any]
) -> None:
    """Nobody tells us when an object without our label is gone, so the pass must come again."""
    world.says["services"] = in_turn([refused(409), world.lives("Service", metadata=metadata)])

    converged = world.converge()

    assert converged.recreating is not None
    assert converged.error is None
    assert converged.retry_at is not None


def test_a_name_that_became_free_meanwhile_is_taken(world: World) -> None:
    """Who had it was deleted between our two questions: that is no refusal."""
    world.says["services"] = in_turn([refused(409), refused(404)])

    with pytest.raises(Again):
        world.converge()


def test_a_deployment_that_selects_other_pods_is_not_taken_over(world: World) -> None:
    """A selector never changes, so an apply would be refused for ever."""
    offered = {"ownerReferences": NOBODY, "annotations": {"microservices.dev/adopt": "true"}}
    live = world.lives("Deployment", metadata=offered)
    live["spec"] = {**live["spec"], "selector": {"matchLabels": {"old": "x"}}}
    world.says["deployments"] = in_turn([refused(409), live])

    converged = world.converge()

    assert isinstance(converged.error, NameTaken)
    assert "selects its pods by other labels" in str(converged.error)
    assert world.asked("PATCH").count("Deployment") == 1, "the attempt to create, and no more"


@pytest.mark.parametrize(
    "owner",
    [
        {"metadata": {"uid": "uid-of-orders", "deletionTimestamp": LATER}},
        {"metadata": {"uid": "a successor"}},
        refused(404),
    ],
    ids=["leaving", "replaced", "gone"],
)
def test_what_an_orphaning_owner_lets_go_is_not_taken_back(world: World, owner: object) -> None:
    """Its deletion may reach us after the children's release; with an owner they would die."""
    world.seen("Service", world.lives("Service"))
    world.seen("Service", world.lives("Service", metadata={"ownerReferences": NOBODY}))
    world.says["microservices"] = in_turn([owner])

    converged = world.converge()

    assert converged.recreating is not None
    assert "Service" not in world.asked("PATCH")
