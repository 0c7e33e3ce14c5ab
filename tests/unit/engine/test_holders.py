from __future__ import annotations

import pytest

from microservice_operator.routing.claims import Claim, Claimant, Site
from microservice_operator.routing.holding import Host, Hosts, Right, holder
from tests.unit.engine.edge import SITE, Edge, claimant_of

OLD, YOUNG, LATE = "2026-01-01", "2026-02-02", "2026-03-03"
WILD = Site("public", "*.shop.example")


def test_the_elder_gets_what_nobody_has(edge: Edge) -> None:
    """Nothing is written for the other one, and it is told."""
    edge.claim("orders", "/", namespace="web", created=YOUNG)
    edge.claim("orders", "/", namespace="shop", created=OLD)

    assert len(edge.run()) == 1
    assert (edge.served(), edge.served(namespace="web")) == (["orders.all"], [])
    assert (edge.trouble("orders"), edge.trouble("orders", "web")) == ("", "HostTaken")


def test_who_wants_nothing_now_makes_nobody_elder(edge: Edge) -> None:
    """One that is planned or paused claims no more than what it has, which is nothing."""
    edge.put(Claim(claimant_of("planned", created=OLD), SITE, carried=True))
    edge.claim("late", "/", created=LATE)
    edge.claim("orders", "/", namespace="web", created=YOUNG)

    edge.run()

    assert (edge.trouble("late"), edge.trouble("orders", "web")) == ("HostTaken", "")


@pytest.mark.parametrize("unseen", [True, False])
def test_who_may_not_be_served_yet_keeps_its_place(edge: Edge, *, unseen: bool) -> None:
    """Until somebody asks for tokens its host is empty, and nobody else's meanwhile."""
    withheld = Claim(claimant_of("orders", created=OLD), SITE, carried=unseen, withheld=True)
    edge.put(withheld)
    edge.claim("orders", "/", namespace="web", created=YOUNG)
    assert edge.run() == []
    assert edge.trouble("orders", "web") == "HostTaken"

    edge.claim("orders", "/", created=OLD)
    edge.run()
    assert (edge.served(), edge.served(namespace="web")) == (["orders.all"], [])


def test_who_has_to_take_its_routes_back_keeps_the_host(edge: Edge) -> None:
    """Its pods have lost their proxies: that opens the host to nobody else."""
    edge.claim("orders", "/", created=OLD)
    edge.claim("orders", "/", namespace="web", created=YOUNG)
    edge.run()

    edge.put(Claim(claimant_of("orders", created=OLD), SITE, withheld=True))
    edge.run()

    assert (edge.served(), edge.served(namespace="web")) == ([], [])
    assert edge.trouble("orders", "web") == "HostTaken"


def test_who_has_a_host_keeps_it(edge: Edge) -> None:
    """An older object that wants it only now does not take it; nor does a restart give it away."""
    edge.claim("orders", "/", namespace="web", created=YOUNG)
    edge.run()
    edge.claim("orders", "/", created=OLD)
    assert edge.run() == []
    assert edge.trouble("orders") == "HostTaken"

    edge.start()
    edge.claim("orders", "/", created=OLD)
    assert edge.run() == []
    edge.claim("orders", "/", namespace="web", created=YOUNG)
    edge.counted()
    assert edge.run() == []
    assert (edge.trouble("orders"), edge.trouble("orders", "web")) == ("HostTaken", "")


def test_what_was_taken_away_is_still_held(edge: Edge) -> None:
    """Somebody deletes it: the one who waits does not get it."""
    edge.claim("orders", "/", namespace="web", created=YOUNG)
    edge.run()
    edge.claim("orders", "/", created=OLD)
    edge.run()

    edge.lose(namespace="web")
    edge.asked.add(Host.of("shop", SITE))
    edge.run()

    assert (edge.served(), edge.served(namespace="web")) == ([], ["orders.all"])


def test_who_waits_gets_what_is_given_up(edge: Edge) -> None:
    """Without anything being done about it."""
    edge.claim("orders", "/", namespace="web")
    edge.run()
    edge.claim("orders", "/")
    edge.run()

    edge.unclaim("orders", "web")
    edge.run()

    assert edge.served() == ["orders.all"]
    assert edge.trouble("orders") == ""


@pytest.mark.parametrize(
    ("first", "second"), [(SITE, WILD), (WILD, SITE)], ids=["host", "wildcard"]
)
def test_a_wildcard_overlaps_what_it_covers(edge: Edge, first: Site, second: Site) -> None:
    """Side by side within a namespace, never among several."""
    edge.claim("orders", "/", site=first)
    edge.claim("carts", "/", site=second)
    edge.run()
    assert (edge.trouble("orders"), edge.trouble("carts")) == ("", "")

    edge.unclaim("carts")
    edge.claim("carts", "/", namespace="web", site=second)
    edge.run()
    assert edge.trouble("carts", "web") == "HostTaken"

    edge.claim("others", "/", namespace="web", site=Site("internal", second.host))
    edge.run()
    assert edge.trouble("others", "web") == "", "another gateway is another host"


def test_what_is_blocked_blocks_nobody() -> None:
    """A wildcard that cannot be had keeps nobody from the hosts that it would cover."""
    hosts, rights = Hosts(), {}
    for namespace, host, right in (
        ("live", "a.example", Right(waits=False, eldest=Claimant("3", "", "", ""))),
        ("wild", "*.example", Right(waits=True, eldest=Claimant("1", "", "", ""))),
        ("late", "b.example", Right(waits=True, eldest=Claimant("2", "", "", ""))),
    ):
        one = Host(namespace, "public", host)
        hosts.add(one)
        rights[one] = right

    holders = {one.namespace: holder(one, hosts, rights.get) for one in rights}

    assert holders["late"] is None
    assert holders["wild"] == Host("live", "public", "a.example")


def test_a_crowd_at_one_host_is_judged_at_once() -> None:
    """Each right is looked at once and again for each rival, however many namespaces there are."""
    hosts, looks = Hosts(), 0
    crowd = [Host(f"ns-{number:03}", "public", "a.example") for number in range(100)]
    for one in crowd:
        hosts.add(one)

    def right(one: Host) -> Right:
        nonlocal looks
        looks += 1
        assert looks < 10 * len(crowd)
        return Right(waits=True, eldest=Claimant("", f"{999 - int(one.namespace[3:])}", "", ""))

    assert holder(crowd[0], hosts, right) == crowd[-1]


def test_a_decision_waits_until_all_namespaces_are_known() -> None:
    """Only where nothing is live: somebody who has not been seen yet may be older."""
    edge = Edge("shop", "web")
    edge.counted("shop")
    edge.claim("orders", "/", created=YOUNG)
    assert edge.run() == []

    edge.claim("orders", "/", namespace="web", created=OLD)
    edge.counted("web")
    edge.run()

    assert (edge.served(), edge.served(namespace="web")) == ([], ["orders.all"])
    edge.loop.close()


def test_a_namespace_that_may_not_be_seen_holds_up_nobody() -> None:
    """Its claims are unknown, and will be."""
    edge = Edge("shop", "web")
    edge.counted("shop")
    edge.claim("orders", "/")
    edge.roll.counted("web", seen=False)
    edge.run()

    assert edge.served() == ["orders.all"]
    edge.loop.close()
