from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from microservice_operator.engine.queue import Key
from microservice_operator.routing.claims import Claim
from microservice_operator.routing.holding import Host
from microservice_operator.routing.room import MOST
from tests.unit.engine.answers import refused
from tests.unit.engine.edge import SITE, Edge, claimant_of, rule_of

HOST = Host.of("shop", SITE)


def test_two_microservices_share_a_host(edge: Edge) -> None:
    """One VirtualService has the rules of both, is owned by both, and is written once."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")

    assert len(edge.run()) == 1
    assert sorted(edge.served()) == ["carts.carts", "orders.orders"]
    assert sorted(edge.owners()) == ["carts", "orders"]
    assert (edge.trouble("orders"), edge.trouble("carts")) == ("", "")


def test_nothing_is_written_when_nothing_is_new(edge: Edge) -> None:
    """Neither by another look, nor by an operator that has just started."""
    edge.claim("orders", "/orders")
    edge.run()
    edge.asked.add(HOST)
    assert edge.run() == []

    edge.start()
    edge.counted()
    edge.claim("orders", "/orders")
    assert edge.run() == []
    assert edge.trouble("orders") == ""


def test_one_changed_claim_is_one_write(edge: Edge) -> None:
    """Whatever the number of those who share the host."""
    for number in range(50):
        edge.claim(f"app-{number}", f"/{number}")
    assert len(edge.run()) == 1

    edge.claim("app-7", "/seven")
    assert len(edge.run()) == 1
    assert "app-7.seven" in edge.served()
    assert "app-7.7" not in edge.served()


def test_a_restart_waits_until_everybody_is_understood(edge: Edge) -> None:
    """Who has not been looked at yet keeps its routes."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()

    edge.start()
    edge.there("carts")
    edge.claim("orders", "/other")
    assert edge.run() == []
    edge.counted()
    assert edge.run() == []
    edge.claim("carts", "/carts")
    assert len(edge.run()) == 1
    assert sorted(edge.served()) == ["carts.carts", "orders.other"]


@pytest.mark.parametrize(
    "damage",
    [
        {"spec": {"hosts": ["evil.example"], "http": []}},
        {"metadata": {"annotations": {}}},
        {"metadata": {"ownerReferences": []}},
        {"metadata": {"labels": {}}},
    ],
    ids=["spec", "annotations", "owners", "labels"],
)
def test_damage_is_repaired(edge: Edge, damage: dict[str, Any]) -> None:
    """Whoever does it, and to whatever part."""
    edge.claim("orders", "/orders")
    edge.run()
    before = dict(edge.live[next(iter(edge.live))])

    edge.damage(**damage)
    assert len(edge.run()) == 1

    after = edge.live[next(iter(edge.live))]
    assert after["spec"] == before["spec"]
    for part in ("labels", "annotations", "ownerReferences"):
        assert after["metadata"][part] == before["metadata"][part]


def test_who_leaves_takes_its_rules_along(edge: Edge) -> None:
    """The others' stay; with the last one all is gone."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.run()

    edge.unclaim("orders")
    assert len(edge.run()) == 1
    assert (edge.served(), edge.owners()) == (["carts.carts"], ["carts"])

    edge.unclaim("carts")
    assert len(edge.run()) == 1
    assert edge.live == {}


def test_a_refusal_is_told_to_all_and_tried_again(edge: Edge) -> None:
    """In the server's own words, and not before some time has passed."""
    edge.claim("orders", "/orders")
    edge.claim("carts", "/carts")
    edge.says = refused(422, "no such field")
    assert len(edge.run()) == 1
    assert (edge.trouble("orders"), edge.trouble("carts")) == ("Rejected", "Rejected")

    edge.says = None
    edge.asked.add(HOST)
    assert len(edge.run()) == 1
    assert edge.trouble("orders") == ""


def test_a_host_that_is_full_tells_who_finds_no_room(edge: Edge) -> None:
    """All that was served is served as before, and takes changes; who leaves makes room."""
    for name in ("orders", "carts"):
        edge.put(_large(name))
        edge.run()
    assert (edge.trouble("orders"), edge.trouble("carts")) == ("", "HostFull")
    assert edge.served() == ["orders.a"]
    [answer] = edge.claims.answers(Key("shop", "carts"))
    assert answer.trouble
    assert "carts.a is not served at api.shop.example" in answer.trouble.message

    edge.claim("web", "/web")
    assert len(edge.run()) == 1
    assert sorted(edge.served()) == ["orders.a", "web.web"]

    edge.unclaim("orders")
    edge.run()
    assert sorted(edge.served()) == ["carts.a", "web.web"]
    assert edge.trouble("carts") == ""


def _large(name: str) -> Claim:
    """What fills more than half of what an object has room for."""
    rule = replace(rule_of(name, f"/{name}"), name=f"{name}.a", size=MOST // 2 + 1)
    rule = replace(rule, route={**rule.route, "name": rule.name})
    return Claim(claimant_of(name), SITE, (rule,))


def test_a_stranger_of_the_name_is_not_touched(edge: Edge) -> None:
    """Those who claim the host hear of it."""
    edge.claim("orders", "/orders")
    edge.run()
    [at] = edge.live
    strange = {"metadata": {"name": at[1], "namespace": "shop", "uid": "x"}, "spec": {}}
    strange["metadata"]["resourceVersion"] = "5000"
    edge.start()
    edge.counted()
    edge.live = {at: strange}
    edge.start()
    edge.counted()
    edge.claim("orders", "/orders")
    edge.run()

    assert edge.trouble("orders") == "NameTaken"
    assert edge.live == {at: strange}


def test_those_who_wait_for_an_answer_are_told(edge: Edge) -> None:
    """Each of them once; nobody is woken by what it knows."""
    edge.claim("orders", "/orders")
    assert edge.claims.waits(Key("shop", "orders"))
    edge.run()
    assert Key("shop", "orders") in edge.asked
    edge.asked = {HOST}
    edge.run()
    assert edge.asked == set()


@pytest.mark.parametrize(("took", "crowd", "rest"), [(2.0, 5, 6.0), (0.01, 50, 0.5), (0.1, 200, 1)])
def test_after_a_write_a_host_rests(edge: Edge, took: float, crowd: int, rest: float) -> None:
    """As long as its crowd is large: what comes meanwhile is one more write, not many."""
    edge.api.seconds = took

    async def main() -> None:
        edge.claim("orders", "/orders")
        await edge.router.reconcile(HOST)
        now = edge.loop.time()
        again_at = await edge.router.reconcile(HOST)
        assert again_at == pytest.approx(now + max(0.01, 3 * took))
        for number in range(1, crowd):
            edge.claim(f"app-{number}", f"/{number}")
            again_at = await edge.router.reconcile(HOST)
        assert again_at == pytest.approx(now + rest)
        assert edge.served() == ["orders.orders"]
        await asyncio.sleep(rest)
        await edge.router.reconcile(HOST)

    edge.loop.run_until_complete(main())
    assert len(edge.served()) == crowd
    assert len(edge.api.lines) == 2
