"""Nothing is open before what closes it is there, and refused guards hold pods and hosts up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.definitions import Definitions
from microservice_operator.model.kinds import ISTIO
from microservice_operator.platform import settings
from microservice_operator.resources import CHILDREN
from microservice_operator.routing.holding import Host
from tests import apps
from tests.unit.engine.answers import refused
from tests.unit.engine.edge import GATEWAYS, SITE
from tests.unit.engine.world import KEY, failing

if TYPE_CHECKING:
    from microservice_operator.engine.reconcile import Reconciler
    from microservice_operator.routing.claims import Site
    from tests.unit.engine.world import Operator, World

KEYS = '{"keys": [{"kty": "RSA"}]}'
SHOP: dict[str, Any] = {"name": "shop", "gateway": "public", "hosts": [SITE.host]}
CLOSED = {**SHOP, "auth": {"issuer": "https://idp.example", "jwks": KEYS}}
POD = {"metadata": {}, "spec": {"containers": [{"name": "app"}, {"name": "istio-proxy"}]}}
COMPLETE = {
    "observedGeneration": 1,
    **dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1),
}


@pytest.fixture
def meshed(operator: Operator, world: World) -> Operator:
    """In a mesh, with pods that have proxies, and nothing exposed yet."""
    reconciler: Reconciler = operator.reconciler
    reconciler.settings = settings({"gateways": GATEWAYS, "mesh": {"settle": "0s"}})
    reconciler.definitions = Definitions(CHILDREN, lambda: None)
    reconciler.definitions.there = frozenset(kind for kind in CHILDREN if kind.of == ISTIO)
    operator.exposures.roll.counted("", seen=True)
    world.says["pods"] = lambda _: {"items": [POD]}
    world.says["deployments"] = lambda sent: world.accepted(sent.body) | {"status": COMPLETE}
    operator.run()
    return operator


def published(operator: Operator, site: Site = SITE) -> bool:
    """Whether this host is to serve rules of what the spec says now."""
    claims = operator.claims.at(Host.of(KEY.namespace, site))
    return any(claim.rules and not claim.carried for claim in claims)


@pytest.mark.parametrize("kind", ["authorizationpolicies", "requestauthentications"])
def test_who_needs_a_token_is_let_in_once_it_is_asked_for(
    meshed: Operator, world: World, kind: str
) -> None:
    """The route comes after the policy, and never if that is refused."""
    seen: list[bool] = []

    def refuse(_: Any) -> object:
        seen.append(published(meshed))
        raise refused(422, "no")

    world.says[kind] = refuse
    meshed.touch(spec=meshed.body["spec"] | {"exposure": [CLOSED]})
    meshed.run()
    assert seen == [False]
    assert not published(meshed)

    del world.says[kind]
    world.now += 5
    meshed.reconciler._refusals.clear()  # noqa: SLF001  their time is that of the loop
    meshed.run()
    assert published(meshed)
    meshed.run()
    assert published(meshed)


def test_who_needs_no_token_waits_for_nothing(meshed: Operator, world: World) -> None:
    """A policy that is refused is no concern of a host that is open."""
    world.says["authorizationpolicies"] = failing(refused(422, "no"))
    meshed.touch(spec=meshed.body["spec"] | {"exposure": [SHOP], "allowFrom": []})
    meshed.run()

    assert published(meshed)


def test_a_gateway_that_is_let_in_and_is_not_there_is_told(meshed: Operator) -> None:
    """In the status; the other callers are let in."""
    meshed.touch(spec=meshed.body["spec"] | {"allowFrom": [{"gateway": "nobody"}]})
    meshed.run()

    assert meshed.condition("Routed")["reason"] == "GatewayUnknown"
    assert meshed.condition("Applied")["status"] == "True"


@pytest.mark.parametrize(
    "kind", ["authorizationpolicies", "networkpolicies", "peerauthentications"]
)
def test_no_pods_begin_without_what_guards_them(world: World, kind: str) -> None:
    """Those that run already go on, and get what is new."""
    world.app = apps.meshed(allowFrom=[], security={"mtls": "Strict"})
    world.says[kind] = failing(refused(422, "no"))

    assert world.converge().error
    assert "Service" in world.asked("PATCH")
    assert "Deployment" not in world.asked("PATCH")
    world.converge()
    assert world.asked("PATCH") == []

    old = apps.meshed(allowFrom=[], security={"mtls": "Strict"}, image="registry.example/old")
    world.seen("Deployment", world.accepted(apps.children(old)["Deployment"]))
    world.converge()
    assert world.asked("PATCH") == ["Deployment"]
