"""What the demo in a mesh tells: four small objects are a shop whose traffic can be steered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.demo.mesh import breaker
from tests.demo.mesh.asking import Site
from tests.demo.mesh.shop import NAMESPACE, Shop

if TYPE_CHECKING:
    from tests.demo.places.meshed import Meshed
    from tests.demo.screen import Screen

REQUESTS = 300
MORE = 3
"""Pods of front in the time sale."""

CHILDREN = "virtualservices,destinationrules,authorizationpolicies,peerauthentications,sidecars"
CALLS = (
    ("orders", "payments", 200, "they may"),
    ("stock", "payments", 403, "`allowFrom` of payments names orders alone"),
    ("front", "payments", 502, "`calls` of front does not name payments"),
    ("front", "stock", 200, "both sides agree"),
)


def tell(place: Meshed, screen: Screen) -> None:
    """Show everything, and leave it running."""
    screen.title("microservice-operator: a shop in a mesh, made of four small objects")
    place.up(screen)
    place.operate(screen)
    shop = Shop(place, screen)
    _objects(shop, screen)
    public, internal = _from_outside(place, screen)
    _from_inside(shop, screen)
    _weights(shop, public, screen)
    breaker.show(shop, internal, screen)
    _time_sale(shop, screen)
    _farewell(place, public, internal, screen)


def _objects(shop: Shop, screen: Screen) -> None:
    screen.step("The shop")
    shop.bring()
    shop.show("get", "msvc")
    shop.show("get", CHILDREN, "-o", "name")


def _from_outside(place: Meshed, screen: Screen) -> tuple[Site, Site]:
    screen.step("From outside: each gateway has a port of this machine")
    public = Site("shop.localhost", place.open("public", screen))
    internal = Site("stock.localhost", place.open("internal", screen))
    wait_until(lambda: public.serves() and public.serves("/orders"), "the public gateway", 60)
    wait_until(internal.serves, "the internal gateway", 60)
    screen.done("both know the shop")
    public.curl(screen)
    public.curl(screen, "/orders/1")
    public.curl(screen, "/orders/1", "-H", "x-version: v2")
    public.curl(screen, "/env?name=BANNER")
    internal.curl(screen)
    screen.note("what is inside is not there for those outside:")
    Site(internal.host, public.port).curl(screen)
    return public, internal


def _from_inside(shop: Shop, screen: Screen) -> None:
    screen.step("From inside: who may call whom")
    for caller, callee, status, why in CALLS:
        call = f"{caller} → {callee}"
        wait_until(partial(shop.answers, caller, callee, status), call, 60)
        screen.detail(f"{call:<20} {status}   {why}")
    screen.done("kept by identity, on both sides")


def _weights(shop: Shop, site: Site, screen: Screen) -> None:
    screen.step("A new version of orders gets its share, and then more of it")
    screen.note(f"{REQUESTS} requests, with `weight: 10`:")
    _shares(site, screen)
    shop.change("orders", "replace", "versions/0/weight", 50)
    wait_until(lambda: _counted(site, 100)["v2"] > 30, "the new weight to be served")
    screen.done("served; and again:")
    _shares(site, screen)


def _shares(site: Site, screen: Screen) -> None:
    counted = _counted(site, REQUESTS)
    for version, count in sorted(counted.items()):
        share = count / REQUESTS
        screen.bar(version, share, f"{count:>4}  {share:>4.0%}")


def _counted(site: Site, count: int) -> Counter[str]:
    return Counter(answer.version for answer in site.ask(count, "/orders"))


def _time_sale(shop: Shop, screen: Screen) -> None:
    screen.step("A time sale, now: more pods of front, and of nothing else")
    now = dt.datetime.now(dt.UTC)
    window = {
        "name": "now",
        "start": f"{now.minute} {now.hour} * * *",
        "duration": "1h",
        "timeZone": "UTC",
    }
    shop.change("front", "add", "scaling/schedules/-", {**window, "min": MORE})
    wait_until(lambda: len(shop.pods("front")) == MORE, f"{MORE} pods of front", 60)
    shop.say("wait", "msvc/front", "--for=condition=Ready", "--timeout=50s")
    screen.done(f"{MORE} pods of front")
    shop.show("get", "msvc")


def _farewell(place: Meshed, public: Site, internal: Site, screen: Screen) -> None:
    screen.title("All of it goes on running. Try it:")
    screen.say("")
    screen.say(f"   export KUBECONFIG={place.kubectl.kubeconfig}")
    for line in (
        f"curl {public.url()}   # or in a browser",
        f"curl -H 'x-version: v2' {public.url('/orders')}",
        f"curl {internal.url()}",
        f"{place.typed} edit msvc orders -n {NAMESPACE}   # another weight, a timeout, a route",
        f"{place.typed} delete virtualservices --all -n {NAMESPACE}   # and ask again",
        f"{place.typed} get msvc -n {NAMESPACE} -o wide -w",
        "python -m tests.cluster mesh --name demo-mesh istioctl proxy-status",
        place.log,
    ):
        screen.say(f"   {line}")
