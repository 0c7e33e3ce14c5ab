"""The NetworkPolicy: what the spec names gets through, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.errors import Invalid
from tests import apps
from tests.apps import children, container, template

DNS = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
PORTS = [
    {"name": "web", "port": 80, "targetPort": 8080},
    {"name": "admin", "port": 81, "targetPort": 8080},
    {"name": "grpc", "port": 9090},
]


def policy(**spec: Any) -> dict[str, Any]:
    """The policy of such an app."""
    found: dict[str, Any] = children(apps.app(**spec))["NetworkPolicy"]["spec"]
    return found


def namespace(name: str) -> dict[str, Any]:
    """A whole namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def service(name: str, where: str = apps.NAMESPACE) -> dict[str, Any]:
    """The pods of a service."""
    return namespace(where) | {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}


def test_silence_is_no_policy() -> None:
    """A spec that does not ask for isolation gets none."""
    assert "NetworkPolicy" not in children(apps.app())


def test_only_the_direction_that_is_named_is_closed() -> None:
    """An absent list says nothing, an empty one says nobody."""
    assert policy(allowFrom=[])["policyTypes"] == ["Ingress"]
    assert policy(allowFrom=[])["ingress"] == []
    assert "egress" not in policy(allowFrom=[])
    assert policy(calls=[])["policyTypes"] == ["Egress"]
    assert policy(calls=[])["egress"] == [DNS]
    assert "ingress" not in policy(calls=[])


def test_a_policy_covers_the_pods_of_every_track_and_no_others() -> None:
    """Pods of the same name that somebody else made must not be cut off."""
    selector = policy(calls=[])["podSelector"]["matchLabels"]

    assert selector.items() <= template(apps.app())["metadata"]["labels"].items()
    assert "microservices.dev/track" not in selector
    assert selector["app.kubernetes.io/managed-by"] == "microservice-operator"


@pytest.mark.parametrize(
    ("caller", "peer"),
    [
        ({"service": "web"}, service("web")),
        ({"service": "web", "namespace": "front"}, service("web", "front")),
        ({"namespace": "front"}, namespace("front")),
        ({"serviceAccount": "robot", "namespace": "front"}, namespace("front")),
    ],
    ids=["service", "service elsewhere", "namespace", "account"],
)
def test_a_caller_is_let_in(caller: dict[str, Any], peer: dict[str, Any]) -> None:
    """As exactly as labels can tell: of an account they know the namespace only."""
    assert policy(allowFrom=[caller])["ingress"] == [{"from": [peer]}]


def test_ports_go_by_the_names_that_the_containers_have() -> None:
    """Two ports that lead to one container port are one; each is open once."""
    asked = ["web", 81, "grpc", 9090]
    [rule] = policy(ports=PORTS, allowFrom=[{"service": "web", "ports": asked}])["ingress"]

    open_ports = [port["port"] for port in rule["ports"]]
    assert open_ports == ["port-80", "port-9090"]
    known = {port["name"] for port in container(apps.app(ports=PORTS))["ports"]}
    assert set(open_ports) <= known


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        ({"service": "pay"}, {"to": [service("pay")]}),
        (
            {"service": "pay", "namespace": "billing", "port": 80},
            {
                "to": [service("pay", "billing")],
                "ports": [{"protocol": "TCP", "port": "port-80"}],
            },
        ),
        (
            {"host": "api.example.com", "ports": [{"port": 443}, {"port": 443}]},
            {"ports": [{"protocol": "TCP", "port": 443}]},
        ),
    ],
    ids=["service", "port", "host"],
)
def test_a_call_is_let_out(call: dict[str, Any], rule: dict[str, Any]) -> None:
    """And so is the question for its name; a host may have any address."""
    assert policy(calls=[call])["egress"] == [DNS, rule]


def test_the_port_of_a_call_is_one_that_a_microservice_has() -> None:
    """Both sides name it alike, whatever number the container listens on."""
    [_, rule] = policy(calls=[{"service": "pay", "port": 80}])["egress"]

    assert rule["ports"][0]["port"] == container(apps.app("pay"))["ports"][0]["name"]


def test_what_is_said_twice_is_one_rule() -> None:
    """The order stays that of the user."""
    one = {"namespace": "b"}
    allowed = [one, {"service": "a"}, {"serviceAccount": "x", "namespace": "b"}, one]
    called = [{"host": host, "ports": [{"port": 443}]} for host in ("a.example", "b.example")]

    assert policy(allowFrom=allowed)["ingress"] == [
        {"from": [namespace("b")]},
        {"from": [service("a")]},
    ]
    assert len(policy(calls=called)["egress"]) == 2


def test_who_may_use_every_port_needs_no_rule_for_one() -> None:
    """Whoever reads the policy would look for what the second rule adds."""
    allowed = [{"service": "a", "ports": ["http"]}, {"service": "a"}, {"service": "b"}]

    assert policy(allowFrom=allowed)["ingress"] == [
        {"from": [service("a")]},
        {"from": [service("b")]},
    ]


def test_the_pods_of_one_app_are_no_exception() -> None:
    """They reach each other when the app names itself."""
    assert policy(allowFrom=[])["ingress"] == []
    assert policy(allowFrom=[{"service": "orders"}])["ingress"] == [{"from": [service("orders")]}]


def test_a_worker_has_no_port_to_open() -> None:
    """Whoever opens one has forgotten to declare it."""
    with pytest.raises(Invalid, match="must open names or numbers of `ports`"):
        apps.app(ports=[], allowFrom=[{"service": "web", "ports": ["http"]}])
