"""Words for hosts that Microservices expose, and for what serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until
from tests.integration.world import World, condition

if TYPE_CHECKING:
    from tests.integration.world import Manifest

VIRTUAL_SERVICES = "virtualservices"


def host(world: World, name: str = "api") -> str:
    """A host that no other test has."""
    return f"{name}.{world.namespace}.example"


def exposed(*hosts: str, gateway: str = "public", **paths: str) -> dict[str, Any]:
    """A spec with hosts, and a route for each path by its name."""
    routes = [{"name": name, "match": {"path": {"prefix": at}}} for name, at in paths.items()]
    one = {"name": "web", "gateway": gateway, "hosts": list(hosts), "routes": routes}
    return {"replicas": 0, "exposure": [one]}


def served(world: World, at: str) -> Manifest | None:
    """The VirtualService that serves a host."""
    found = [each for each in world.all(VIRTUAL_SERVICES) if each["spec"]["hosts"] == [at]]
    assert len(found) <= 1, f"{len(found)} serve {at}"
    return found[0] if found else None


def rules(world: World, at: str) -> list[str]:
    """The names of what is served there, each once."""
    found = served(world, at)
    names = [rule["name"] for rule in found["spec"]["http"]] if found else []
    return sorted(dict.fromkeys(names))


def owners(world: World, at: str) -> list[str]:
    """Who owns what serves it."""
    found = served(world, at)
    assert found is not None
    return sorted(owner["name"] for owner in found["metadata"].get("ownerReferences", ()))


def routed(world: World, name: str, reason: str = "Served") -> str:
    """Wait until this is said of its routes; the message."""
    status = "True" if reason == "Served" else "False"
    found = world.await_condition("Routed", status, reason, name=name)
    message: str = condition(found, "Routed")["message"]
    return message


def shared(world: World) -> str:
    """Two Microservices on one host."""
    at = host(world)
    world.apply("orders", **exposed(at, api="/orders"))
    world.apply("carts", **exposed(at, api="/carts"))
    for name in ("orders", "carts"):
        world.await_condition("Ready", "True", name=name)
    return at


def awaited(world: World, at: str, *names: str) -> None:
    """Wait until exactly this is served."""
    wait_until(lambda: rules(world, at) == sorted(names), f"{names} at {at}", 120)


def gateways(**namespaces: str) -> str:
    """Settings with these gateways, all hosts of which some namespaces may have."""
    return "gateways:\n" + "".join(
        f"  {name}: {{gateway: edge/{name}, serviceAccount: edge/{name}, "
        f'hosts: [{{host: "*.example", namespaces: {some}}}]}}\n'
        for name, some in namespaces.items()
    )
