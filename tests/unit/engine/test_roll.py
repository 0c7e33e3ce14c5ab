from __future__ import annotations

from microservice_operator.engine.queue import Key
from microservice_operator.engine.roll import Roll
from microservice_operator.routing.holding import Host

ORDERS, CARTS, WEB = Key("shop", "orders"), Key("shop", "carts"), Key("web", "orders")
SHOP, OUT = Host("shop", "public", "a.example"), Host("web", "public", "b.example")


def test_a_host_waits_until_its_namespace_is_understood() -> None:
    """Counted, and each of them looked at, in any order."""
    woken: list[Host] = []
    roll = Roll((), woken.append)
    roll.begin([ORDERS, WEB])
    roll.came(CARTS)
    assert roll.waits(SHOP, everywhere=False)

    roll.understood(ORDERS)
    roll.counted("", seen=True)
    assert woken == []
    roll.understood(CARTS)
    assert woken == [SHOP]
    assert not roll.waits(SHOP, everywhere=False)


def test_nobody_waits_for_who_has_left() -> None:
    """It was never understood, and never will be."""
    woken: list[Host] = []
    roll = Roll((), woken.append)
    roll.counted("", seen=True)
    roll.begin([ORDERS])
    assert roll.waits(SHOP, everywhere=False)

    roll.left(ORDERS)

    assert woken == [SHOP]


def test_nobody_waits_for_newcomers() -> None:
    """Who is new has no routes that could be lost; a host must not wait behind all of them."""
    roll = Roll((), lambda _: None)
    roll.counted("", seen=True)

    roll.came(CARTS)

    assert not roll.waits(SHOP, everywhere=True)


def test_whoever_acts_again_looks_at_all_again() -> None:
    """Specs may have changed while another one led."""
    roll = Roll((), lambda _: None)
    roll.counted("", seen=True)
    roll.understood(ORDERS)
    assert not roll.waits(SHOP, everywhere=False)

    roll.begin([ORDERS])

    assert roll.waits(SHOP, everywhere=False)


def test_what_concerns_all_namespaces_waits_for_all() -> None:
    """But for those that may not be seen."""
    woken: list[Host] = []
    roll = Roll(("shop", "web", "closed"), woken.append)
    roll.begin([ORDERS, WEB])
    roll.understood(ORDERS)
    roll.counted("shop", seen=True)
    assert not roll.waits(SHOP, everywhere=False)
    assert roll.waits(SHOP, everywhere=True)

    roll.counted("web", seen=True)
    roll.understood(WEB)
    assert woken == []
    roll.counted("closed", seen=False)
    assert woken == [SHOP]
    assert not roll.waits(OUT, everywhere=True)
    assert roll.waits(Host("closed", "public", "c.example"), everywhere=False)
