from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.api.status import MOST_ENDPOINTS
from microservice_operator.errors import Invalid
from microservice_operator.model.meshed import Mesh
from microservice_operator.status import Answer, Endpoint, Routing, Trouble
from tests.unit.status.outcomes import ROUTE_TROUBLES, SERVED, answers, condition, status

PUBLIC = {"gateway": "public", "url": "https://api.shop.example"}


def routed(*hosts: Answer, **changes: Any) -> dict[str, Any]:
    """The status of an app whose hosts have come to this."""
    found: dict[str, Any] = status(routing=Routing(hosts), **changes)
    return found


@pytest.mark.parametrize(("hosts", "said"), [(1, "1 host is served."), (2, "2 hosts are served.")])
def test_an_app_whose_hosts_are_served_is_routed(hosts: int, said: str) -> None:
    """And says where it answers."""
    found = routed(*[SERVED] * hosts)

    assert answers(found)["Routed"] == ("True", "Served")
    assert condition(found, "Routed")["message"] == said
    assert found["endpoints"] == [PUBLIC] * hosts
    assert answers(found)["Ready"] == ("True", "Ready")


@pytest.mark.parametrize("trouble", ROUTE_TROUBLES, ids=lambda trouble: trouble.reason)
def test_what_keeps_a_host_from_being_served_is_told(trouble: Trouble) -> None:
    """Only what passes by itself is work that goes on."""
    found = answers(routed(SERVED, Answer(trouble=trouble)))

    assert found["Routed"] == found["Ready"] == ("False", trouble.reason)
    waits = trouble.reason == "Settling"
    assert found["Reconciling" if waits else "Stalled"] == ("True", trouble.reason)


def test_the_gravest_of_several_troubles_is_told() -> None:
    """Who waits for one host and may not have the other hears of that one."""
    settling, forbidden = Trouble("Settling", "Soon."), Trouble("HostForbidden", "Never.")
    found = routed(Answer(trouble=settling), Answer(trouble=forbidden), SERVED)

    assert condition(found, "Routed")["message"] == "Never."
    assert found["endpoints"] == [PUBLIC]


def test_some_routes_of_a_host_may_be_served() -> None:
    """It is an endpoint, and the conflict is told all the same."""
    conflict = Trouble("RouteConflict", "Route api is not served.")
    found = routed(Answer(Endpoint("public", "https://api.shop.example"), conflict))

    assert answers(found)["Routed"] == ("False", "RouteConflict")
    assert found["endpoints"] == [PUBLIC]


def test_endpoints_are_bounded_and_in_order() -> None:
    """However many hosts there are, the status stays small, and does not change by chance."""
    many = [Answer(Endpoint("public", f"https://{n:02}.example")) for n in range(40)]

    urls = [each["url"] for each in routed(*reversed(many))["endpoints"]]

    assert len(urls) == MOST_ENDPOINTS
    assert urls == sorted(urls)


def test_without_hosts_nothing_is_said_of_them() -> None:
    """Neither endpoints, nor that anything is routed."""
    found = routed()

    assert answers(found)["Routed"] == ("True", "NotNeeded")
    assert "endpoints" not in found


def test_who_is_let_in_and_never_comes_is_told() -> None:
    """A gateway whose name is wrong is nobody, and nobody would know why it gets no answer."""
    found = routed(SERVED, stranger="publick")

    assert answers(found)["Routed"] == ("False", "GatewayUnknown")
    assert "`allowFrom` lets in gateway publick," in condition(found, "Routed")["message"]
    assert found["endpoints"] == [PUBLIC], "the hosts are served all the same"


def test_without_a_mesh_that_is_told_first() -> None:
    """Nothing can be served at all."""
    found = routed(Answer(trouble=Trouble("Settling", "")), mesh=Mesh(lacking="It needs a mesh."))

    assert answers(found)["Routed"] == ("False", "MeshMissing")


def test_a_refused_spec_comes_before_its_routes() -> None:
    """What it served goes on being served, and is told as before."""
    found = routed(SERVED, error=Invalid("No."))

    assert answers(found)["Ready"] == ("False", "Invalid")
    assert answers(found)["Routed"] == ("True", "Served")
