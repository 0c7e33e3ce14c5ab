from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.errors import (
    Again,
    Forbidden,
    QuotaExceeded,
    Rejected,
)
from tests import apps
from tests.unit.engine.answers import refused
from tests.unit.engine.world import edited, failing

if TYPE_CHECKING:
    from microservice_operator.errors import UserError
    from tests.unit.engine.answers import Sent
    from tests.unit.engine.world import World

ALL = ["Deployment", "Service", "ServiceAccount"]


def test_the_first_pass_creates_all_and_the_second_sends_nothing(world: World) -> None:
    """Each child costs one request, and then none."""
    converged = world.converge()

    assert converged.error is None
    assert world.asked("PATCH") == ALL
    assert len(world.api.sent) == 3
    world.converge()
    assert world.api.sent == []


def test_what_lives_as_desired_needs_no_request(world: World) -> None:
    """After a restart everything is compared, and nothing is written."""
    for kind in ALL:
        world.seen(kind, world.lives(kind))

    world.converge()

    assert world.api.sent == []
    assert all(child.raw is None for child in world.store.of(world.app.uid))


def test_a_refused_child_does_not_hold_the_others_up(world: World) -> None:
    """An app without its ServiceAccount still gets its Service, and the error names the child.

    But it gets no pods: they would run as whoever has the name.
    """
    world.says["serviceaccounts"] = failing(refused(422, "no such field"))

    converged = world.converge()

    assert world.asked("PATCH") == ["Service", "ServiceAccount"]
    assert isinstance(converged.error, Rejected)
    assert str(converged.error) == ("The API server refuses ServiceAccount/orders: no such field")


def test_a_refused_child_is_left_alone_until_its_time(world: World) -> None:
    """The pass says when to come again, and the next one before that sends nothing."""
    world.says["services"] = failing(refused(422))
    converged = world.converge()
    assert converged.retry_at is not None
    assert 0 < converged.retry_at - world.now <= 1

    again = world.converge()
    assert (world.api.sent, again) == ([], converged)

    world.now = converged.retry_at
    world.converge()
    assert world.asked("PATCH") == ["Service"]


def test_a_success_ends_the_patience_with_a_child(world: World) -> None:
    """The next refusal is the first again, and is tried again soon."""
    world.says["services"] = failing(refused(422))
    for _ in range(6):
        world.now = world.converge().retry_at or 0
    del world.says["services"]
    assert world.converge().retry_at is None

    edited(world)
    world.says["services"] = failing(refused(422))

    assert (world.converge().retry_at or 0) <= world.now + 1


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (refused(403, "forbidden: exceeded quota: compute"), QuotaExceeded),
        (refused(403, "admission webhook denied the request"), Forbidden),
        (refused(422), Rejected),
        (refused(400), Rejected),
    ],
)
def test_a_refusal_becomes_a_reason(
    world: World, error: ApiError, verdict: type[UserError]
) -> None:
    """Each means another person's move."""
    world.says["deployments"] = failing(error)

    assert type(world.converge().error) is verdict


@pytest.mark.parametrize(
    "error",
    [refused(429), refused(500), refused(503), refused(401), Unreachable("away")],
    ids=str,
)
def test_what_passes_by_itself_is_no_verdict(world: World, error: Exception) -> None:
    """The pass is repeated; nothing is said of the child, and its siblings were tried."""
    world.says["services"] = failing(error)

    with pytest.raises(Again):
        world.converge()

    assert world.asked("PATCH") == ALL
    del world.says["services"]
    assert world.converge().error is None
    assert world.asked("PATCH") == ["Service"]


@pytest.mark.parametrize("error", [refused(500, "webhook is down"), Unreachable("away")], ids=str)
def test_what_should_pass_but_does_not_becomes_a_verdict(world: World, error: Exception) -> None:
    """After some tries its siblings get on with their lives, and the user reads why."""
    world.says["services"] = failing(error)
    converged = None

    for _ in range(20):
        try:
            converged = world.converge()
        except Again:
            continue
        break

    assert converged is not None
    assert isinstance(converged.error, Rejected)
    assert "Service/orders" in str(converged.error)
    assert converged.retry_at is not None
    assert world.asked("PATCH") == ["Service"]


def test_an_update_that_was_overtaken_is_repeated(world: World) -> None:
    """A conflict says that somebody was faster, not that somebody is wrong."""
    edited(world)
    world.says["services"] = failing(refused(409))

    with pytest.raises(Again):
        world.converge()


def test_what_is_no_longer_wanted_is_deleted(world: World) -> None:
    """With a precondition, so that a successor of its name is spared."""
    world.seen("PodDisruptionBudget", world.lives("PodDisruptionBudget"))

    assert world.converge().error is None

    [sent] = [sent for sent in world.api.sent if sent.method == "DELETE"]
    assert sent.path.endswith("/poddisruptionbudgets/orders")
    assert sent.body["preconditions"] == {"uid": "uid-of-PodDisruptionBudget"}


@pytest.mark.parametrize("code", [404, 409])
def test_what_is_gone_already_needs_no_deletion(world: World, code: int) -> None:
    """Somebody was faster, or the name has a new owner: both are what we wanted."""
    world.seen("PodDisruptionBudget", world.lives("PodDisruptionBudget"))
    world.says["poddisruptionbudgets"] = failing(refused(code))

    assert world.converge().error is None


def test_what_is_wanted_again_waits_for_its_end(world: World) -> None:
    """It was deleted a moment ago and nobody has told yet: it is there, but not for long."""
    kind = "PodDisruptionBudget"
    world.app = apps.app(replicas=2)
    world.converge()
    world.app = apps.app(replicas=1)
    world.converge()
    assert world.asked("DELETE") == [kind]

    world.app = apps.app(replicas=2)
    waiting = world.converge()

    assert (
        waiting.recreating == f"{kind}/orders is being deleted; it will be created when it is gone."
    )
    assert kind not in world.asked("PATCH")

    world.gone(kind)
    assert world.converge().recreating is None
    assert world.asked("PATCH") == [kind]


def test_what_was_deleted_is_not_deleted_twice(world: World) -> None:
    """A pass that comes before the news of its end has nothing to do."""
    world.seen("PodDisruptionBudget", world.lives("PodDisruptionBudget"))
    world.converge()

    world.converge()

    assert world.api.sent == []


def test_what_somebody_deletes_slowly_is_told_when_it_is_made_again(world: World) -> None:
    """A deletion in the foreground makes us wait first; it was somebody's all the same."""
    world.converge()
    world.seen("Deployment", world.lives("Deployment"))
    world.converge()
    leaving = world.lives("Deployment", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    world.seen("Deployment", leaving)
    assert world.converge().recreating

    world.gone("Deployment")
    world.converge()

    assert world.asked("PATCH") == ["Deployment"]
    assert world.noted.notes == ["DriftRepaired: Created Deployment/orders again."]


def test_what_we_deleted_ourselves_is_nobodys_drift(world: World) -> None:
    """A child that is wanted, not wanted, and wanted again was taken away by the spec."""
    for replicas in (2, 1):
        world.app = apps.app(replicas=replicas)
        world.converge()
    world.gone("PodDisruptionBudget")

    world.app = apps.app(replicas=2)
    world.converge()

    assert "PodDisruptionBudget" in world.asked("PATCH")
    assert world.noted.notes == []


def test_an_owner_that_leaves_gets_no_write(world: World) -> None:
    """An apply would give back the owner reference that the garbage collector has just taken."""
    world.stays = False

    with pytest.raises(Again):
        world.converge()

    assert world.api.sent == []


def test_who_holds_a_child_that_is_being_deleted_is_named(world: World) -> None:
    """A finalizer whose controller is gone holds for ever, and somebody must remove it."""
    world.converge()
    ending = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    finalizers = ["foregroundDeletion", "example.com/protect"]
    world.seen("Service", world.lives("Service", metadata={**ending, "finalizers": finalizers}))

    said = world.converge().recreating

    assert said is not None
    assert "example.com/protect in its `metadata.finalizers` holds it" in said
    assert "foregroundDeletion" not in said


def test_what_we_delete_was_taken_by_nobody(world: World) -> None:
    """Also when the watch tells of its end before the answer comes."""
    world.app = apps.app(replicas=2)
    world.converge()

    def says(sent: Sent) -> object:
        if sent.method != "DELETE":
            return world.accepted(sent.body)
        world.gone("PodDisruptionBudget")
        return {}

    world.says["poddisruptionbudgets"] = says
    world.app = apps.app(replicas=1)
    world.converge()
    world.app = apps.app(replicas=2)

    world.converge()

    assert world.noted.notes == []
