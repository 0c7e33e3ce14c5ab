"""Whom the proxies of an app know, and how hosts outside are told to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from microservice_operator.api.mesh import MeshSettings
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from tests import apps

OBSERVED = replace(apps.OPEN, mesh=MeshSettings(reachable=("observability",)))


def reach(*calls: dict[str, Any]) -> Any:
    """The hosts that such an app reaches."""
    return apps.meshed(calls=[*calls]).guard.reach


def entry(host: str, *ports: dict[str, Any]) -> Any:
    """What the mesh is told of a host outside."""
    [found] = apps.meshed(calls=[{"host": host, "ports": [*ports]}]).guard.outside.values()
    return found


def test_silence_reaches_everybody_and_an_empty_list_nobody() -> None:
    """Absence means something: the proxies know whom they know anyway."""
    assert apps.meshed().guard.reach is None
    assert reach() == ("~/*",)


def test_services_are_known_by_their_whole_names() -> None:
    """A short name would mean another one in another namespace."""
    assert reach({"service": "payments"}, {"service": "ledger", "namespace": "billing"}) == (
        "shop/payments.shop.svc.cluster.local",
        "billing/ledger.billing.svc.cluster.local",
    )
    assert reach({"service": "payments"}, {"service": "payments", "port": 80}) == (
        "shop/payments.shop.svc.cluster.local",
    )


def test_what_the_platform_needs_is_never_cut_off() -> None:
    """Proxies report traces, and get their certificates, whatever a spec says."""
    app = understand(apps.body(calls=[]), OBSERVED, Facts(mesh=True))
    to = apps.children(app)["NetworkPolicy"]["spec"]["egress"]

    assert app.guard.reach == ("observability/*",)
    names = [each["to"][0]["namespaceSelector"]["matchLabels"] for each in to if "to" in each]
    assert [*names[0].values(), *names[1].values()] == ["istio-system", "observability"]
    assert to[1]["ports"] == [{"protocol": "TCP", "port": 15012}]


def test_where_nothing_is_cut_off_the_platform_needs_no_word() -> None:
    """A policy for the way out would close it."""
    app = understand(apps.body(allowFrom=[]), OBSERVED, Facts(mesh=True))

    assert apps.children(app)["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress"]


def test_a_host_outside_is_found_by_its_name_and_known_to_nobody_else() -> None:
    """Of several entries for one host one object is made, with all their ports."""
    app = apps.meshed(
        calls=[
            {"host": "api.example", "ports": [{"port": 443}]},
            {"host": "api.example", "ports": [{"port": 80}, {"port": 443, "protocol": "HTTP"}]},
        ]
    )

    [found] = app.guard.outside.values()
    assert found["hosts"] == ["api.example"]
    assert found["exportTo"] == ["."]
    assert found["resolution"] == "DNS"
    assert {port["number"]: port["protocol"] for port in found["ports"]} == {
        443: "HTTP",
        80: "HTTP",
    }
    assert app.guard.reach == ("shop/api.example",)


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        ({"port": 443}, "TLS"),
        ({"port": 80}, "HTTP"),
        ({"port": 6379}, "TCP"),
        ({"port": 443, "protocol": "GRPC"}, "GRPC"),
    ],
    ids=str,
)
def test_what_is_spoken_follows_from_the_port_unless_it_is_said(port: Any, protocol: str) -> None:
    """As everybody would take it."""
    [found] = entry("api.example", port)["ports"]

    assert found["protocol"] == protocol


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_an_address_is_where_it_says(address: str) -> None:
    """It has no name to be found by, and none that a client of TLS could ask for."""
    found = entry(address, {"port": 443}, {"port": 80})

    assert found["resolution"] == "STATIC"
    assert found["addresses"] == [address]
    assert found["endpoints"] == [{"address": address}]
    assert [port["protocol"] for port in found["ports"]] == ["TCP", "HTTP"]
    assert reach({"host": address, "ports": [{"port": 80}]}) == (f"shop/{found['hosts'][0]}",)
    assert found["hosts"][0].endswith(".address.invalid")
