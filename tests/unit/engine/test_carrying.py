from __future__ import annotations

import pytest

from microservice_operator.engine.queue import Key
from microservice_operator.model.kinds import VIRTUAL_SERVICE
from microservice_operator.routing.claims import Claim, Site
from microservice_operator.routing.holding import Host
from microservice_operator.routing.manifest import name as name_of
from tests.unit.engine.edge import SITE, Edge, claimant_of, rule_of
from tests.unit.engine.world import owned_by

HOST = Host.of("shop", SITE)
ELSEWHERE = {"name": "orders.elsewhere", "match": [{"uri": {"prefix": "/elsewhere"}}]}


def test_what_is_carried_stays_byte_for_byte(edge: Edge) -> None:
    """Nobody knows what an invalid spec wants, also after a restart."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True))
    assert edge.run() == []

    edge.start()
    edge.counted()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True))
    edge.claim("carts", "/other")
    assert len(edge.run()) == 1
    assert sorted(edge.served()) == ["carts.other", "orders.orders"]
    assert sorted(edge.owners()) == ["carts", "orders"]


@pytest.mark.parametrize("uid", ["", "of-its-successor"])
def test_what_waits_for_a_version_is_its_own(edge: Edge, uid: str) -> None:
    """The rule of its route stays as it was, but not that of a Microservice before it."""
    edge.claim("orders", "/orders")
    edge.run()

    waits = frozenset({"orders.orders"})
    edge.put(Claim(claimant_of("orders", uid=uid), SITE, (rule_of("orders", "/new"),), kept=waits))
    edge.run()

    assert sorted(edge.served()) == ["orders.new"] + ([] if uid else ["orders.orders"])
    [answer] = edge.claims.answers(Key("shop", "orders"))
    assert (answer.endpoint is not None, edge.trouble("orders")) == (True, "Settling")
    assert answer.trouble
    assert answer.trouble.message.startswith("orders.orders at api.shop.example is as it was")


def test_what_is_carried_comes_back_when_it_is_taken_away(edge: Edge) -> None:
    """Drift is what somebody else did, not what was there before."""
    edge.claim("orders", "/orders")
    edge.run()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True))
    edge.run()

    edge.damage(spec={"http": []})
    assert len(edge.run()) == 1
    assert edge.served() == ["orders.orders"]

    edge.lose()
    assert len(edge.run()) == 1
    assert edge.served() == ["orders.orders"]


def test_a_successor_of_the_name_carries_nothing(edge: Edge) -> None:
    """What is live was its predecessor's."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()

    edge.start()
    edge.counted()
    edge.put(Claim(claimant_of("orders", uid="another"), SITE, carried=True))
    edge.claim("carts", "/carts")
    edge.run()

    assert (edge.served(), edge.owners()) == (["carts.carts"], ["carts"])


def test_what_is_let_go_stays(edge: Edge) -> None:
    """Who is deleted without its children keeps being served, also after a restart."""
    edge.outlived("orders")
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()

    edge.put(Claim(claimant_of("orders"), SITE, carried=True), leaving=True)
    edge.run()
    assert edge.owners() == ["carts"]
    edge.unclaim("orders")
    edge.claim("carts", "/other")
    edge.run()
    assert sorted(edge.served()) == ["carts.other", "orders.orders"]

    edge.start()
    edge.counted()
    edge.claim("carts", "/carts")
    edge.run()
    assert sorted(edge.served()) == ["carts.carts", "orders.orders"]

    edge.claim("orders", "/new", uid="another")
    edge.run()
    assert sorted(edge.served()) == ["carts.carts", "orders.new"]
    assert sorted(edge.owners()) == ["carts", "orders"]


def test_what_is_let_go_stays_until_its_successor_has_arrived(edge: Edge) -> None:
    """The new one owns it at once, and changes it when requests can get there."""
    edge.outlived("orders")
    edge.claim("orders", "/orders")
    edge.run()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True), leaving=True)
    edge.run()
    edge.unclaim("orders")
    edge.damage(metadata={"ownerReferences": []})
    assert edge.run() == []

    new = claimant_of("orders", uid="another")
    edge.put(Claim(new, SITE, (rule_of("orders", "/new"),), carried=True))
    edge.run()
    assert (edge.served(), edge.owners()) == (["orders.orders"], ["orders"])
    edge.put(Claim(new, SITE, (rule_of("orders", "/new"),)))
    edge.run()
    assert edge.served() == ["orders.new"]


def test_what_all_let_go_is_left_alone(edge: Edge) -> None:
    """The last one that leaves without its children leaves the VirtualService behind.

    It goes with the Service to which it leads.
    """
    edge.outlived("orders")
    edge.claim("orders", "/orders")
    edge.run()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True), leaving=True)
    edge.unclaim("orders")
    edge.damage(metadata={"ownerReferences": []})

    assert edge.run() == []
    assert edge.served() == ["orders.orders"]

    edge.start()
    edge.counted()
    edge.claim("orders", "/", namespace="web")
    assert edge.run() == []
    [answer] = edge.claims.answers(Key("web", "orders"))
    assert answer.trouble
    assert "let somebody delete VirtualService/api.shop.example-public-" in answer.trouble.message

    edge.end("orders")
    assert len(edge.run()) == 2
    assert edge.live.keys() == {("web", name_of(SITE))}


@pytest.mark.parametrize("there", [False, True], ids=["gone", "about to go"])
def test_who_was_deleted_unseen_takes_its_rules_along(edge: Edge, *, there: bool) -> None:
    """The garbage collector leaves what others own as well, without the name of who is gone."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()
    owners = edge.live[next(iter(edge.live))]["metadata"]["ownerReferences"]
    edge.damage(metadata={"ownerReferences": [each for each in owners if each["name"] == "carts"]})
    edge.unclaim("orders")
    if there:
        edge.outlived("orders", **owned_by("Microservice", "orders"))

    edge.start()
    edge.counted()
    edge.claim("carts", "/carts")
    if there:
        assert edge.run() == [], "nobody knows yet whether it stays"
        edge.end("orders")
    assert len(edge.run()) == 1
    assert edge.served() == ["carts.carts"]


def test_what_is_let_go_ends_with_the_service_it_leads_to(edge: Edge) -> None:
    """Whoever deletes what was left of it cannot know of its rules on a host."""
    edge.outlived("orders")
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True), leaving=True)
    edge.unclaim("orders")
    edge.run()
    assert sorted(edge.served()) == ["carts.carts", "orders.orders"]

    edge.end("orders")
    assert len(edge.run()) == 1
    assert edge.served() == ["carts.carts"]


def test_nobody_who_is_leaving_is_made_an_owner_again(edge: Edge) -> None:
    """The garbage collector may be faster than the watch, and would then take it all away."""
    edge.claim("orders", "/orders")
    edge.run()
    edge.leaving = {"uid-of-shop-orders"}
    edge.damage(metadata={"ownerReferences": []})

    assert edge.run() == []


def test_without_istio_nothing_is_tried(edge: Edge) -> None:
    """When it returns, all is as before, for those who are carried too."""
    edge.claim("orders", "/orders")
    edge.run()
    edge.put(Claim(claimant_of("orders"), SITE, carried=True))
    kinds = edge.definitions.there
    edge.definitions.there = frozenset()
    edge.live.clear()
    edge.store.dismiss(VIRTUAL_SERVICE)
    edge.asked.add(HOST)
    assert edge.run() == []

    edge.definitions.there = kinds
    edge.router.look_again()
    assert len(edge.run()) == 1
    assert edge.served() == ["orders.orders"]
    assert not edge.noted.notes, "nobody took it from us"


def test_who_leads_again_trusts_nothing_that_has_changed(edge: Edge) -> None:
    """Another one may have served other rules meanwhile: these are what is carried now."""
    edge.claim("orders", "/orders")
    edge.run()
    edge.damage(spec={**edge.live[next(iter(edge.live))]["spec"], "http": [ELSEWHERE]})

    edge.router.begin(edge.microservices)
    edge.put(Claim(claimant_of("orders"), SITE, carried=True))
    assert edge.run() == []
    assert edge.served() == ["orders.elsewhere"]


def test_an_object_that_is_unknown_is_read_before_it_is_changed(edge: Edge) -> None:
    """Without our label no watch tells of it, yet nothing that it serves is lost."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()
    live = dict(edge.live)
    edge.live.clear()
    edge.start()
    edge.counted()
    edge.live |= live
    edge.put(Claim(claimant_of("orders"), SITE, carried=True))
    edge.claim("carts", "/carts")
    edge.run()
    edge.asked.add(HOST)  # as the loop does after a pass that was interrupted
    edge.run()

    assert sorted(edge.served()) == ["carts.carts", "orders.orders"]


def test_an_unknown_gateway_changes_nothing_that_is_served(edge: Edge) -> None:
    """Whoever renames it in the settings cuts nobody off."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts", site=Site("publik", "api.shop.example"))
    edge.run()
    assert edge.trouble("carts") == "GatewayUnknown"

    edge.router.settings = type(edge.router.settings)()
    edge.claim("orders", "/other")
    assert edge.run() == []
    assert (edge.served(), edge.trouble("orders")) == (["orders.orders"], "GatewayUnknown")
