"""What the mesh is told of callers: made, changed and removed, and otherwise left alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

JWKS = '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'


def exposed(host: str = "shop.example", **auth: Any) -> list[Manifest]:
    """One host at one gateway, for tokens of one issuer."""
    said = {"issuer": "https://idp.example", "jwks": JWKS, **auth}
    return [{"name": "shop", "gateway": "public", "hosts": [host], "auth": said}]


def test_tokens_are_looked_at_as_long_as_the_spec_asks_for_them(world: World) -> None:
    """Written once, changed with the spec, and gone with it."""
    world.apply("orders", replicas=0, exposure=exposed())
    kind = "requestauthentications"
    wait_until(partial(world.get, kind, "orders"), "the tokens to be looked at")
    world.settle()
    mark = world.mark()

    world.process.restart()
    world.settle()
    assert [each for each in world.writes(mark) if "status" not in each] == []

    world.apply("orders", replicas=0, exposure=exposed(audiences=["shop"]))
    wait_until(lambda: "audiences" in world.the(kind)["spec"]["jwtRules"][0], "the change")

    world.apply("orders", replicas=0)
    wait_until(lambda: world.get(kind, "orders") is None, "nobody to look")

    world.create(kind, {"metadata": {"name": "orders"}, "spec": {}})
    world.apply("orders", replicas=0, exposure=exposed())
    world.await_condition("Applied", "False", "NameTaken")
