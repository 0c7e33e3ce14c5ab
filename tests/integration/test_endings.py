"""Children that somebody deletes slowly: waited for, told of, and made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.integration.patches import add, remove
from tests.integration.world import condition

if TYPE_CHECKING:
    from tests.integration.world import World

HOLDER = "example.com/protect"


def test_a_deletion_in_the_foreground_is_drift(world: World) -> None:
    """The child is gone only after its own children are; it was taken away all the same."""
    world.ready()
    uid = world.the("deployments")["metadata"]["uid"]

    world.delete("deployments", policy="Foreground")

    world.await_object("deployments", lambda it: it["metadata"]["uid"] != uid)
    wait_until(lambda: world.notes("DriftRepaired"), "the Event about the repair")
    assert world.notes("DriftRepaired") == ["Created Deployment/orders again."]
    world.await_condition("Ready", "True")


def test_a_finalizer_that_holds_a_child_is_named(world: World) -> None:
    """With the way out; when it is gone, so is the trouble."""
    world.ready(replicas=0)
    world.patch("services", add("/metadata/finalizers", [HOLDER]))

    world.delete("services")

    found = world.await_condition("Applied", "False", "Recreating")
    message = condition(found, "Ready")["message"]
    assert f"{HOLDER} in its `metadata.finalizers` holds it" in message
    world.patch("services", remove("/metadata/finalizers"))
    world.await_condition("Ready", "True")
