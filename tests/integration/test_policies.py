"""Network policies on a real server: made, changed, settled and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

DNS = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
CONTROL_PLANE = {
    "ports": [{"protocol": "TCP", "port": 15012}],
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-system"}}}],
}
WEB = [{"service": "web", "ports": ["http"]}]
SPECS: dict[str, dict[str, Any]] = {
    "nobody in": {"allowFrom": []},
    "nobody out": {"calls": []},
    "some": {
        "allowFrom": [*WEB, {"namespace": "monitoring"}],
        "calls": [{"service": "payments", "port": 80}, {"host": "::1", "ports": [{"port": 443}]}],
    },
}


def _policy(world: World) -> Manifest:
    spec: Manifest = world.the("networkpolicies")["spec"]
    return spec


def test_a_silent_spec_has_no_policy(world: World) -> None:
    """Whoever says nothing is cut off from nobody."""
    world.ready(replicas=0)

    assert world.get("networkpolicies", "orders") is None


def test_nobody_is_nobody(world: World) -> None:
    """Empty lists leave nothing but DNS and the proxies' own, as the server keeps them."""
    world.ready(replicas=0, allowFrom=[], calls=[])

    policy = _policy(world)
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy.get("ingress", []) == []
    assert policy["egress"] == [DNS, CONTROL_PLANE]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_policy_in_place_costs_nothing(world: World, spec: dict[str, Any]) -> None:
    """What the server makes of it is no difference, also after a restart."""
    world.ready(replicas=0, **spec)
    world.settle()
    mark = world.mark()

    world.process.restart()
    world.settle()

    assert world.requests(mark) == []


def test_a_policy_selects_the_pods_and_their_ports(world: World) -> None:
    """Its selector finds the pods, and its ports are names that their containers have."""
    world.ready(allowFrom=WEB)

    policy = _policy(world)
    labels = ",".join(f"{k}={v}" for k, v in policy["podSelector"]["matchLabels"].items())
    [pod] = world.kubectl("get", "pods", "-l", labels, "-o", "name").split()
    [rule] = policy["ingress"]
    [port] = rule["ports"]
    name = "{.spec.containers[0].ports[0].name}"
    assert world.kubectl("get", pod, "-o", f"jsonpath={name}") == port["port"]


def test_a_changed_policy_is_one_write_and_touches_no_pod(world: World) -> None:
    """Directions come and go with the spec, and the last one takes the policy along."""
    world.ready(allowFrom=WEB, calls=[])
    world.settle()
    steps: list[tuple[dict[str, Any], str]] = [
        ({"calls": []}, "patch"),
        ({"allowFrom": []}, "patch"),
        ({}, "delete"),
    ]
    for spec, write in steps:
        mark = world.mark()
        world.ready(**spec)
        world.settle()

        writes = [each for each in world.writes(mark) if "networkpolicies" in each]
        assert writes == [f"{write} networkpolicies"]
    assert world.get("networkpolicies", "orders") is None
