"""Routes that stay although nobody carries their spec out at the moment."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.conftest import make_namespace
from tests.integration.process import Process
from tests.integration.routes import (
    exposed,
    gateways,
    host,
    owners,
    routed,
    rules,
    served,
    shared,
)
from tests.integration.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster import Cluster


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"scaling": {"max": 5, "cpu": 50}}, ("Applied", "False")),
        ({"mode": "Paused"}, ("Applied", "Unknown")),
        ({"mode": "Plan"}, ("Applied", "Unknown")),
    ],
    ids=["invalid", "paused", "plan"],
)
def test_what_is_not_to_change_is_carried_over(
    world: World, change: dict[str, Any], status: tuple[str, str]
) -> None:
    """Also by an operator that has just started; others change what is theirs."""
    at = shared(world)
    world.apply("orders", **exposed(at, host(world, "new"), api="/other") | change)
    world.await_condition(*status, name="orders")
    mark = world.mark()
    world.process.kill()
    world.apply("carts", **exposed(at, api="/new"))
    world.process.restart()
    world.settle()

    found = served(world, at)
    assert found is not None
    assert rules(world, at) == ["carts.api", "orders.api"]
    assert '"/orders' in str(found["spec"]["http"]).replace("'", '"')
    assert "/other" not in str(found["spec"]["http"])
    assert served(world, host(world, "new")) is None
    assert world.writes(mark).count("patch virtualservices") == 1


def test_who_is_deleted_without_its_children_is_served_on(world: World) -> None:
    """Its pods run on, and so do its routes, until somebody of its name takes them over."""
    at = shared(world)
    world.delete("microservices", "orders", "Orphan")
    world.await_end("microservices", "orders")
    wait_until(lambda: owners(world, at) == ["carts"], "one owner")
    world.apply("carts", **exposed(at, api="/new"))
    routed(world, "carts")
    world.process.restart()
    world.settle()
    assert rules(world, at) == ["carts.api", "orders.api"]

    world.delete("microservices", "carts", "Orphan")
    world.await_end("microservices", "carts")
    world.settle()
    assert rules(world, at) == ["carts.api", "orders.api"]

    world.apply("orders", **exposed(at, api="/again"))
    wait_until(lambda: owners(world, at) == ["orders"], "its owner", 30)


def test_who_is_deleted_while_nobody_looks_takes_its_rules_along(world: World) -> None:
    """The garbage collector takes its name away from what others own, as if it were let go."""
    at = shared(world)
    world.process.kill()
    world.delete("microservices", "orders")
    wait_until(lambda: owners(world, at) == ["carts"], "one owner", 60)
    world.process.restart()

    wait_until(lambda: rules(world, at) == ["carts.api"], "the rules of who is there", 30)


def test_what_was_let_go_ends_with_its_services(world: World) -> None:
    """Whoever deletes what orphaned Microservices have left behind thinks of no host."""
    at = shared(world)
    for name in ("orders", "carts"):
        world.delete("microservices", name, "Orphan")
        world.await_end("microservices", name)
    world.settle()
    assert rules(world, at) == ["carts.api", "orders.api"]

    world.delete("services", "orders")
    world.delete("services", "carts")
    wait_until(lambda: served(world, at) is None, "the end of the host", 30)


def test_only_who_leads_writes_hosts(spare: Cluster, tmp_path: Path) -> None:
    """The other one takes over without a write, and knows what is to be carried."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(gateways(public="[shop-*]"))
    make_namespace(spare, "shop-leads")
    options = (
        *("--log-format=json", f"--settings={settings}"),
        *("--lease=shop-leads/operator", "--namespace=shop-two"),
    )
    one, two = (spare.kubeconfig_for(name, ["system:masters"]) for name in ("one", "two"))
    make_namespace(spare, "shop-two")
    with Process(one, tmp_path / "one.log", options) as first:
        world = World(spare, "shop-two", first, "one")
        at = shared(world)
        with Process(two, tmp_path / "two.log", options) as second:
            world.apply("orders", **exposed(at, api="/x") | {"mode": "Paused"})
            world.await_condition("Applied", "Unknown", "Paused")
            world.settle()
            mark = world.mark()
            first.signal(signal.SIGKILL)
            wait_until(lambda: second.leads, "the other one to lead", 60)
            other = World(spare, "shop-two", second, "two")
            other.settle()
            assert other.writes(mark) == []
            other.apply("carts", **exposed(at, api="/new"))
            routed(other, "carts")
            assert rules(other, at) == ["carts.api", "orders.api"]
            assert other.writes(mark).count("patch virtualservices") == 1
    spare.api.request("DELETE", "/api/v1/namespaces/shop-two")
