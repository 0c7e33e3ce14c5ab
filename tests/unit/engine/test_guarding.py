"""Nothing is open before what closes it is there, and refused guards hold pods and hosts up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.api.mesh import MeshSettings
from microservice_operator.cluster.definitions import Definitions
from microservice_operator.engine.guarding import Sentries
from microservice_operator.engine.served import NOTHING, Served
from microservice_operator.model.kinds import ISTIO, VIRTUAL_SERVICE
from microservice_operator.platform import settings
from microservice_operator.resources import CHILDREN
from microservice_operator.routing.holding import Host
from tests import apps
from tests.unit.engine.answers import refused
from tests.unit.engine.edge import GATEWAYS, SITE
from tests.unit.engine.world import KEY, failing, owned_by

if TYPE_CHECKING:
    from microservice_operator.engine.reconcile import Reconciler
    from tests.unit.engine.world import Operator, World

KEYS = '{"keys": [{"kty": "RSA"}]}'
SHOP: dict[str, Any] = {"name": "shop", "gateway": "public", "hosts": [SITE.host]}
CLOSED = {**SHOP, "auth": {"issuer": "https://idp.example", "jwks": KEYS}}
OPEN = {**SHOP, "routes": [{"name": "open", "match": {"path": {"prefix": "/open"}}}]}
HOST = Host.of(KEY.namespace, SITE)
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


def published(operator: Operator) -> bool:
    """Whether the host is to serve rules of what the spec says now."""
    claims = operator.claims.at(HOST)
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


@pytest.mark.parametrize("exposure", [[], [OPEN]], ids=["nothing", "less"])
def test_who_asks_for_tokens_goes_after_the_last_who_needs_one(
    meshed: Operator, world: World, exposure: list[Any]
) -> None:
    """First the routes go; the policies when proxies have had the time to learn of that."""
    meshed.reconciler.sentries = Sentries(world.store, meshed.exposures, lambda: world.now)
    meshed.touch(spec=meshed.body["spec"] | {"exposure": [CLOSED]})
    meshed.run()
    meshed.run()
    serve(meshed, world)
    meshed.reconciler.settings = settings({"gateways": GATEWAYS, "mesh": {"settle": "5s"}})

    meshed.touch(spec=meshed.body["spec"] | {"exposure": exposure})
    for _ in range(3):
        assert meshed.run()
        assert world.asked("DELETE") == []
        world.now += 5
    meshed.served = NOTHING  # the host has been written
    for seconds in (0, 4):
        world.now += seconds
        assert meshed.run()
        assert world.asked("DELETE") == []

    world.now += 1
    meshed.run()
    assert world.asked("DELETE") == ["AuthorizationPolicy", "RequestAuthentication"]


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_host_that_goes_is_guarded_although_others_need_tokens_too(
    meshed: Operator, world: World, *, elsewhere: bool
) -> None:
    """What another exposure asks of the policies waits for the host; without one for nothing."""
    meshed.reconciler.sentries = Sentries(world.store, meshed.exposures, lambda: world.now)
    more = {**CLOSED, "name": "more", "gateway": "internal"}
    meshed.touch(spec=meshed.body["spec"] | {"exposure": [CLOSED, more]})
    meshed.run()
    meshed.run()
    serve(meshed, world)
    meshed.reconciler.settings = settings({"gateways": GATEWAYS, "mesh": {"settle": "5s"}})

    left = [more] if elsewhere else [CLOSED, {**more, "routes": OPEN["routes"]}]
    meshed.touch(spec=meshed.body["spec"] | {"exposure": left, "allowFrom": []})
    meshed.run()
    assert ("AuthorizationPolicy" not in world.asked("PATCH")) == elsewhere

    meshed.served = NOTHING
    meshed.run()
    assert "AuthorizationPolicy" not in world.asked("PATCH")
    world.now += 5
    meshed.run()
    assert ("AuthorizationPolicy" in world.asked("PATCH")) == elsewhere


def test_nobody_stands_guard_over_what_others_serve(meshed: Operator, world: World) -> None:
    """Rules of others are no concern of ours, and nothing is awaited while the mesh is away."""
    sentries = Sentries(world.store, meshed.exposures, lambda: world.now)
    meshed.touch(spec=meshed.body["spec"] | {"exposure": [CLOSED]})
    meshed.run()
    meshed.run()
    serve(meshed, world, name="others")
    app = apps.meshed()

    assert not meshed.exposures.lingers(KEY, everywhere=True)
    assert sentries.stay(KEY, app, MeshSettings(settle="0s")) is None
    away = replace(app, mesh=replace(app.mesh, away=True))
    assert sentries.stay(KEY, away, MeshSettings()) is None


def serve(operator: Operator, world: World, name: str = KEY.name) -> None:
    """The host serves what is claimed of it, under this name."""
    [claim] = operator.claims.at(HOST)
    rules = [{**rule.route, "name": f"{name}.all"} for rule in claim.rules]
    operator.served = Served(tuple(rules))
    metadata: dict[str, Any] = {
        "name": "host",
        "namespace": HOST.namespace,
        "uid": "host",
        "resourceVersion": "1",
        "labels": {"microservices.dev/gateway": HOST.gateway},
        "annotations": {"microservices.dev/host": HOST.host},
        **owned_by("Microservice", KEY.name),
    }
    metadata["ownerReferences"][0]["controller"] = False
    world.store.seen(VIRTUAL_SERVICE, json.dumps({"metadata": metadata, "spec": {}}).encode())


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
