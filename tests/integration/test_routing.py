"""Hosts that several Microservices share: composed, repaired, and none too often written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.patches import add, remove, replace
from tests.integration.routes import (
    VIRTUAL_SERVICES,
    awaited,
    exposed,
    host,
    owners,
    rules,
    served,
    shared,
)

if TYPE_CHECKING:
    from tests.integration.world import World


def test_two_microservices_share_a_host(world: World) -> None:
    """One VirtualService has the rules of both and belongs to both, and each says where it is."""
    at = shared(world)

    assert rules(world, at) == ["carts.api", "orders.api"]
    assert owners(world, at) == ["carts", "orders"]
    found = served(world, at)
    assert found is not None
    assert found["spec"]["gateways"] == ["edge/public"]
    assert not any(owner.get("controller") for owner in found["metadata"]["ownerReferences"])
    endpoint = {"gateway": "public", "url": f"https://{at}"}
    assert world.the("microservices")["status"]["endpoints"] == [endpoint]
    assert f"https://{at}" in world.kubectl("get", "msvc", "orders", "-o", "wide")


def test_what_it_costs(world: World) -> None:
    """A new app its children and three statuses, a changed route one write, nothing nothing.

    The third says that routes settle: that takes seconds after its pods are ready.
    """
    at = host(world)
    mark = world.mark()
    world.apply("orders", **exposed(at, api="/orders"))
    world.await_condition("Ready", "True")
    world.settle()
    writes = world.writes(mark)
    children = [each for each in writes if each != "patch microservices/status"]
    assert sorted(children) == [
        "patch deployments",
        "patch serviceaccounts",
        "patch services",
        "patch virtualservices",
    ]
    assert len(writes) <= len(children) + 3, writes

    for number in range(9):
        world.apply(f"app-{number}", **exposed(at, api=f"/{number}"))
    for number in range(9):
        world.await_condition("Ready", "True", name=f"app-{number}")
    world.settle()
    mark = world.mark()
    world.apply("app-3", **exposed(at, api="/three"))
    world.await_condition("Ready", "True", name="app-3")
    world.settle()
    assert world.writes(mark) == ["patch virtualservices", "patch microservices/status"]

    mark = world.mark()
    world.process.restart()
    world.settle()
    assert world.writes(mark) == []


@pytest.mark.parametrize(
    "damage",
    [
        replace("/spec/http/0/name", "evil"),
        replace("/spec/hosts", ["evil.example"]),
        remove("/metadata/labels"),
        remove("/metadata/annotations"),
        remove("/metadata/ownerReferences"),
        remove("/metadata/ownerReferences/0"),
        add("/spec/tls", [{"match": [{"sniHosts": ["x"]}], "route": []}]),
    ],
    ids=["rule", "hosts", "labels", "annotations", "owners", "owner", "more"],
)
def test_damage_is_repaired(world: World, damage: list[dict[str, Any]]) -> None:
    """Whoever does it, and to whatever part; the object stays."""
    at = shared(world)
    world.settle()
    before = served(world, at)
    assert before is not None
    name = before["metadata"]["name"]

    world.patch(VIRTUAL_SERVICES, damage, name=name)

    def as_before() -> bool:
        after = world.the(VIRTUAL_SERVICES, name)
        marks = ("labels", "annotations", "ownerReferences", "uid")
        return bool(
            after["spec"] == before["spec"]
            and all(after["metadata"].get(m) == before["metadata"][m] for m in marks)
        )

    wait_until(as_before, "the repair", 30)


def test_what_is_deleted_returns(world: World) -> None:
    """At once, with the rules of all."""
    at = shared(world)
    found = served(world, at)
    assert found is not None

    world.delete(VIRTUAL_SERVICES, found["metadata"]["name"])

    awaited(world, at, "carts.api", "orders.api")


def test_who_is_deleted_takes_its_rules_along(world: World) -> None:
    """The others' stay, and so does what serves them; it goes with the last."""
    at = shared(world)
    before = served(world, at)
    assert before is not None

    world.delete("microservices", "orders")
    awaited(world, at, "carts.api")
    wait_until(lambda: owners(world, at) == ["carts"], "one owner")
    after = served(world, at)
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]

    world.delete("microservices", "carts")
    wait_until(lambda: served(world, at) is None, "its end", 30)


def test_who_gives_a_host_up_takes_its_rules_along(world: World) -> None:
    """By an edit, as by its end; endpoints follow."""
    at = shared(world)

    world.apply("orders", replicas=0)
    awaited(world, at, "carts.api")
    found = world.await_condition("Routed", "True", "NotNeeded")
    assert "endpoints" not in found["status"]
    world.apply("carts", replicas=0)

    wait_until(lambda: served(world, at) is None, "its end", 30)
