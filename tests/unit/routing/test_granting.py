"""A host is granted by the platform's settings, never by asking for it."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.platform import settings
from microservice_operator.routing.granting import granted

GATEWAY = {"gateway": "edge/public", "serviceAccount": "edge/public-gateway"}


def judge(host: str, namespace: str = "shop", **said: Any) -> bool:
    """Whether a gateway of which this is said grants the host."""
    return granted(settings({"gateways": {"public": GATEWAY | said}}), "public", host, namespace)


def test_without_grants_every_host_may_be_had() -> None:
    """Who comes first has it."""
    assert judge("www.shop.example")
    assert not granted(settings({}), "public", "www.shop.example", "shop")


@pytest.mark.parametrize(
    ("host", "namespace", "expected"),
    [
        ("www.shop.example", "shop", True),
        ("a.b.shop.example", "shop-eu", True),
        ("*.shop.example", "shop", True),
        ("shop.example", "shop", False),
        ("www.shop.example", "bank", False),
        ("www.bank.example", "bank", True),
        ("*.bank.example", "bank", False),
        ("www.other.example", "shop", False),
    ],
)
def test_a_grant_covers_hosts_for_namespaces(host: str, namespace: str, *, expected: bool) -> None:
    """A wildcard covers what is below it; a single host is no wildcard."""
    grants = [
        {"host": "*.Shop.example.", "namespaces": ["shop", "shop-*"]},
        {"host": "www.bank.example"},
    ]

    assert judge(host, namespace, hosts=grants) == expected


def test_an_empty_list_grants_nothing() -> None:
    """Nor does a grant for no namespace."""
    assert not judge("www.shop.example", hosts=[])
    assert not judge("www.shop.example", hosts=[{"host": "*.example", "namespaces": []}])


@pytest.mark.parametrize("host", ["orders.shop.svc", "orders.shop.svc.cluster.local", "*.svc"])
def test_names_of_the_cluster_are_nobodys(host: str) -> None:
    """Else whoever may have any host could stand for another's service."""
    assert not judge(host)
    assert judge("orders.shop.local")
