"""Who has a host, who does not, and what each of them is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.integration.process import Process
from tests.integration.routes import (
    VIRTUAL_SERVICES,
    awaited,
    exposed,
    gateways,
    host,
    routed,
    rules,
    served,
    shared,
)
from tests.integration.world import USER, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cluster import Cluster

QUOTA = "count/virtualservices.networking.istio.io"


def test_one_namespace_at_a_time_has_a_host(world: World, web: World) -> None:
    """The other one is told who, waits, and gets it once it is free."""
    at = host(world)
    world.apply("orders", **exposed(at, api="/"))
    routed(world, "orders")

    web.apply("orders", **exposed(f"*.{world.namespace}.example", api="/"))
    web.apply("carts", **exposed(at, api="/"))
    message = routed(web, "carts", "HostTaken")
    assert world.namespace in message
    assert routed(web, "orders", "HostTaken")
    assert web.all(VIRTUAL_SERVICES) == []
    web.await_condition("Stalled", "True", "HostTaken", name="carts")

    world.process.restart()
    web.settle()
    assert (rules(world, at), web.all(VIRTUAL_SERVICES)) == (["orders.api"], [])

    world.delete("microservices", "orders")
    awaited(web, at, "carts.api")
    routed(web, "carts")
    routed(web, "orders")


def test_who_serves_a_request_keeps_it(world: World) -> None:
    """Another Microservice with the same match is told; its other routes are served."""
    at = host(world)
    world.apply("orders", **exposed(at, api="/api"))
    routed(world, "orders")

    world.apply("carts", **exposed(at, api="/api", carts="/carts"))
    message = routed(world, "carts", "RouteConflict")

    assert "orders" in message
    awaited(world, at, "carts.carts", "orders.api")
    routed(world, "orders")
    world.delete("microservices", "orders")
    awaited(world, at, "carts.api", "carts.carts")
    routed(world, "carts")


def test_a_stranger_of_its_name_is_not_touched(world: World) -> None:
    """Who claims the host is told, and gets it when the stranger is gone."""
    at = host(world)
    world.apply("orders", **exposed(at, api="/"))
    routed(world, "orders")
    found = served(world, at)
    assert found is not None
    name = found["metadata"]["name"]
    world.delete("microservices", "orders")
    world.await_end(VIRTUAL_SERVICES, name)
    strange = {"metadata": {"name": name}, "spec": {"hosts": ["strange.example"]}}
    world.create(VIRTUAL_SERVICES, strange)

    world.apply("carts", **exposed(at, api="/"))
    message = routed(world, "carts", "NameTaken")
    assert name in message
    assert world.the(VIRTUAL_SERVICES, name)["spec"]["hosts"] == ["strange.example"]

    world.delete(VIRTUAL_SERVICES, name)
    awaited(world, at, "carts.api")
    routed(world, "carts")


def test_what_the_platform_does_not_have_or_give_is_told(world: World) -> None:
    """Each with a way out."""
    world.apply("orders", **exposed(host(world), gateway="publik", api="/"))
    assert "has no gateway publik" in routed(world, "orders", "GatewayUnknown")

    world.apply("carts", **exposed("api.closed.example", gateway="granted", api="/"))
    assert "does not give api.closed.example" in routed(world, "carts", "HostForbidden")
    assert world.all(VIRTUAL_SERVICES) == []


def test_a_refusal_is_told_to_all(world: World) -> None:
    """In the server's words; the operator tries again by itself."""
    at = shared(world)
    wait_until(lambda: _limited(world), "the quota to count", 90, interval=5)
    other = host(world, "other")

    world.apply("orders", **exposed(at, other, api="/orders"))

    assert "exceeded quota" in routed(world, "orders", "QuotaExceeded")
    routed(world, "carts")
    world.delete("resourcequotas", "none")
    awaited(world, other, "orders.api")
    routed(world, "orders")


def _limited(world: World) -> bool:
    """Whether a quota counts: of a kind that its controller has yet to find only a later one."""
    found = world.get("resourcequotas", "none")
    if found and QUOTA in found.get("status", {}).get("used", {}):
        return True
    if found:
        world.delete("resourcequotas", "none")
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {QUOTA: "1"}}}
    world.create("resourcequotas", quota)
    return False


def test_gateways_come_and_go_with_the_settings(
    spare: Cluster, spare_world: Callable[..., World], tmp_path: Path
) -> None:
    """What is served at one that is gone stays; what is no longer granted goes."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(gateways(public="[shop-*]", internal="[shop-*]"))
    options = ("--log-format=json", f"--settings={settings}")
    credentials = spare.kubeconfig_for(USER, ["system:masters"])
    with Process(credentials, tmp_path / "operator.log", options) as process:
        world = spare_world("shop-settings", process)
        at = host(world)
        world.apply("orders", **exposed(at, api="/orders"))
        world.apply("carts", **exposed(host(world, "in"), gateway="internal", api="/carts"))
        for name in ("orders", "carts"):
            routed(world, name)

        _swap(settings, gateways(internal="[web]"))
        routed(world, "orders", "GatewayUnknown")
        routed(world, "carts", "HostForbidden")
        wait_until(lambda: served(world, host(world, "in")) is None, "its end", 30)
        assert rules(world, at) == ["orders.api"]

        _swap(settings, gateways(public="[shop-*]", internal="[shop-*]"))
        for name in ("orders", "carts"):
            routed(world, name)
        assert rules(world, host(world, "in")) == ["carts.api"]
        assert "Traceback" not in process.log.read_text(), process.log.read_text()


def _swap(file: Path, content: str) -> None:
    """Other content, at once."""
    new = file.with_suffix(".new")
    new.write_text(content)
    new.rename(file)
