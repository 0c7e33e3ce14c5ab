"""How the API server spells the paths of what we read and write."""

from __future__ import annotations

import pytest

from microservice_operator.api.crd import crd
from microservice_operator.model import Kind, kinds

ALL = [kind for kind in vars(kinds).values() if isinstance(kind, Kind)]


def test_core_kinds_stand_under_api() -> None:
    """The oldest group has no name."""
    assert kinds.SERVICE.collection() == "/api/v1/services"
    assert kinds.SERVICE.path("shop", "orders") == "/api/v1/namespaces/shop/services/orders"


def test_other_kinds_stand_under_apis() -> None:
    """Every other group has one."""
    assert kinds.DEPLOYMENT.collection("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert kinds.MICROSERVICE.collection() == "/apis/microservices.dev/v1alpha1/microservices"


def test_our_own_kind_is_that_of_the_definition() -> None:
    """The models make the one, the watches use the other."""
    spec = crd()["spec"]
    [version] = spec["versions"]

    assert (
        Kind(f"{spec['group']}/{version['name']}", spec["names"]["kind"], spec["names"]["plural"])
        == kinds.MICROSERVICE
    )


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_a_plural_is_that_of_english(kind: Kind) -> None:
    """For the kinds that we use; the first that has another must say so here."""
    assert kind.plural == f"{kind.name.lower()}s".replace("ys", "ies")
