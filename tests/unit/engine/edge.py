"""Hosts of some namespaces, and a server that keeps what is written to them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from microservice_operator.cluster.definitions import Definitions
from microservice_operator.cluster.store import Store
from microservice_operator.engine.microservices import Microservices
from microservice_operator.engine.queue import Key, Priority
from microservice_operator.engine.roll import Roll
from microservice_operator.engine.router import Router
from microservice_operator.errors import Again
from microservice_operator.model.kinds import ISTIO, SERVICE, VIRTUAL_SERVICE
from microservice_operator.platform import settings
from microservice_operator.resources import CHILDREN
from microservice_operator.routing.claims import Claim, Claimant, Rule, Site
from microservice_operator.routing.holding import Host
from microservice_operator.routing.manifest import name as name_of
from microservice_operator.routing.precedence import rules
from microservice_operator.status import Routing
from tests.unit.clock import FakeTimeLoop
from tests.unit.engine.answers import Answers, Noted, refused

if TYPE_CHECKING:
    from microservice_operator.engine.queue import Work
    from tests.unit.engine.answers import Sent

SITE = Site("public", "api.shop.example")
LONG = 1000
GATEWAYS: dict[str, Any] = {
    "public": {"gateway": "edge/public", "serviceAccount": "edge/public", "scheme": "https"},
    "internal": {"gateway": "edge/internal", "serviceAccount": "edge/internal", "scheme": "http"},
}


class Slow(Answers):
    """Answers after a while."""

    seconds = 0.0

    @override
    async def request(self, method: str, path: str, **parts: Any) -> bytes:
        await asyncio.sleep(self.seconds)
        return await super().request(method, path, **parts)


class Edge:
    """The passes over hosts; Microservices are no more here than what they claim."""

    def __init__(self, *namespaces: str) -> None:
        self.live: dict[tuple[str, str], dict[str, Any]] = {}
        self.services: dict[str, bytes] = {}
        self.says: Exception | None = None
        self.leaving: set[str] = set()
        self.api = Slow(self._answer)
        self.noted = Noted()
        self.microservices = Microservices()
        self.asked: set[Work] = set()
        self.loop = FakeTimeLoop()
        self._versions = itertools.count(100)
        self.start(*namespaces)

    def start(self, *namespaces: str) -> None:
        """An operator that knows nothing yet but what lives."""
        self.asked.clear()
        self.store = Store(self._wake)
        self.roll = Roll(namespaces, self._ask)
        self.definitions = Definitions(CHILDREN, lambda: None)
        self.definitions.there = frozenset(kind for kind in CHILDREN if kind.of == ISTIO)
        self.router = Router(
            self.api,
            self.store,
            self.microservices,
            self.noted,
            settings({"gateways": GATEWAYS}),
            self.definitions,
            self.roll,
            self._ask,
        )
        self.claims = self.router.claims
        for found in self.live.values():
            self.store.seen(VIRTUAL_SERVICE, json.dumps(found).encode())
        for service in self.services.values():
            self.store.seen(SERVICE, service)
        self.router.begin(self.microservices)

    def claim(self, name: str, *paths: str, site: Site = SITE, **more: Any) -> set[Host]:
        """A Microservice wants requests for these paths."""
        claimant = claimant_of(name, **more)
        rules = tuple(rule_of(name, path) for path in paths)
        return self.put(Claim(claimant, site, rules))

    def put(self, *claims: Claim, leaving: bool = False) -> set[Host]:
        """A Microservice is understood to claim this."""
        who = claims[0].claimant
        key = Key(who.namespace, who.name)
        self._there(who)
        changed = self.claims.put(key, claims, leaving=leaving)
        self.roll.understood(key)
        self.asked |= changed
        return changed

    def unclaim(self, name: str, namespace: str = "shop") -> None:
        """A Microservice is gone."""
        key = Key(namespace, name)
        known = self.microservices.get(key)
        assert known is not None
        self.microservices.drop(known.body)
        self.asked |= self.claims.drop(key)
        self.roll.left(key)

    def counted(self, *namespaces: str) -> None:
        """All Microservices are in sight."""
        for namespace in namespaces or ("",):
            self.roll.counted(namespace, seen=True)

    def there(self, name: str, namespace: str = "shop") -> None:
        """The watch has told of a Microservice that nobody has understood yet."""
        self._there(claimant_of(name, namespace=namespace))
        self.roll.came(Key(namespace, name))

    def run(self) -> list[str]:
        """Passes over hosts until nobody asks for one; what was written meanwhile."""
        return self.loop.run_until_complete(self.running())

    async def running(self) -> list[str]:
        """The same, in a loop that runs already."""
        self.api.sent.clear()
        passes = 0
        while hosts := sorted(work for work in self.asked if isinstance(work, Host)):
            self.asked.discard(hosts[0])
            await asyncio.sleep(60)  # nobody rests any more
            with contextlib.suppress(Again):
                await self.router.reconcile(hosts[0])
            passes += 1
            assert passes < LONG, f"passes without end over {hosts}"
        return [line for line in self.api.lines if not line.startswith("GET")]

    def served(self, site: Site = SITE, namespace: str = "shop") -> list[str]:
        """The names of the rules that are live."""
        found = self.live.get((namespace, name_of(site)), {"spec": {"http": []}})
        return [rule["name"] for rule in found["spec"]["http"]]

    def owners(self, site: Site = SITE, namespace: str = "shop") -> list[str]:
        """Who owns what is live."""
        found = self.live[namespace, name_of(site)]
        return [owner["name"] for owner in found["metadata"]["ownerReferences"]]

    def trouble(self, name: str, namespace: str = "shop") -> str:
        """The reason that a Microservice is told; empty if all is well."""
        trouble = Routing(tuple(self.claims.answers(Key(namespace, name)))).trouble
        return trouble.reason if trouble else ""

    def damage(self, site: Site = SITE, namespace: str = "shop", **changes: Any) -> None:
        """Somebody changes what is live, and the watch tells of it."""
        found = self.live[namespace, name_of(site)]
        metadata = found["metadata"] | changes.pop("metadata", {})
        metadata["resourceVersion"] = str(next(self._versions))
        found |= {**changes, "metadata": metadata}
        self.store.seen(VIRTUAL_SERVICE, json.dumps(found).encode())

    def lose(self, site: Site = SITE, namespace: str = "shop") -> None:
        """Somebody deletes what is live."""
        found = self.live.pop((namespace, name_of(site)))
        found["metadata"]["resourceVersion"] = str(next(self._versions))
        self.store.gone(VIRTUAL_SERVICE, json.dumps(found).encode())

    def outlived(self, name: str, **metadata: Any) -> None:
        """The Service of a Microservice is there, and stays without it unless it has an owner."""
        known = {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "1"}
        self.services[name] = json.dumps({"metadata": known | metadata}).encode()
        self.store.seen(SERVICE, self.services[name])

    def end(self, name: str) -> None:
        """Somebody deletes a Service that was let go."""
        self.store.gone(SERVICE, self.services.pop(name))

    def _there(self, who: Claimant) -> None:
        metadata = {"namespace": who.namespace, "name": who.name, "uid": who.uid}
        self.microservices.observe({"metadata": metadata | {"resourceVersion": "1"}})

    def _ask(self, work: Work, _: Priority = Priority.URGENT) -> None:
        self.asked.add(work)

    def _wake(self, namespace: str, name: str, *, urgent: bool) -> None:
        self.router.wake(namespace, name, Priority.URGENT if urgent else Priority.CALM)

    def _answer(self, sent: Sent) -> object:
        *_, namespace, kind, name = sent.path.split("/")
        if kind == "microservices":
            known = self.microservices.get(Key(namespace, name))
            if known is None:
                raise refused(404)
            going = {"deletionTimestamp": "now"} if known.uid in self.leaving else {}
            return {"metadata": {"uid": known.uid} | going}
        at = namespace, name
        if self.says is not None and sent.method != "GET":
            raise self.says
        if sent.method == "GET":
            return self.live[at]
        if sent.method == "DELETE":
            found = self.live.pop(at)
            found["metadata"]["resourceVersion"] = str(next(self._versions))
            self.store.gone(VIRTUAL_SERVICE, json.dumps(found).encode())
            return {}
        return self._applied(sent, at)

    def _applied(self, sent: Sent, at: tuple[str, str]) -> object:
        new = sent.body["metadata"].get("resourceVersion") == "1"
        if new is (at in self.live):
            raise refused(409)
        uid = f"uid-{next(self._versions)}" if new else self.live[at]["metadata"]["uid"]
        live = deepcopy(sent.body)
        live["metadata"] |= {"uid": uid, "resourceVersion": str(next(self._versions))}
        self.live[at] = live
        return live


def claimant_of(
    name: str, namespace: str = "shop", created: str = "2026-01-01", uid: str = ""
) -> Claimant:
    """Who claims."""
    return Claimant(created, uid or f"uid-of-{namespace}-{name}", namespace, name)


def rule_of(name: str, path: str) -> Rule:
    """A rule for all requests below a path."""
    full = f"{name}.{path.strip('/') or 'all'}"
    [found] = rules([{"name": full, "match": [{"uri": {"prefix": path}}]}])
    return found
