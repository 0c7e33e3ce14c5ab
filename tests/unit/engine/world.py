"""One app, or one Microservice, whose server accepts everything until a test says otherwise."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from microservice_operator.cluster.definitions import Definitions
from microservice_operator.cluster.shared import SharedConfig
from microservice_operator.cluster.store import Store
from microservice_operator.engine.alarms import Alarms
from microservice_operator.engine.children import Children
from microservice_operator.engine.chronicle import Chronicle
from microservice_operator.engine.claims import Claims
from microservice_operator.engine.execution import KINDS
from microservice_operator.engine.exposures import Exposures
from microservice_operator.engine.microservices import Microservices
from microservice_operator.engine.queue import Key
from microservice_operator.engine.reconcile import Reconciler
from microservice_operator.engine.refusals import Refusals
from microservice_operator.engine.roll import Roll
from microservice_operator.engine.served import NOTHING
from microservice_operator.model.facts import EPOCH
from microservice_operator.model.kinds import MICROSERVICE
from microservice_operator.platform import Settings
from microservice_operator.resources import desired
from tests import apps
from tests.apps import body
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, Noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from microservice_operator.engine.children import Converged
    from tests.unit.engine.answers import Sent

KEY = Key("shop", "orders")


class World:
    """The children of one app and what the server says to each of their kinds."""

    def __init__(self) -> None:
        self.app = apps.app()
        self.says: dict[str, Callable[[Sent], object]] = {}
        self.api = Answers(self._answer)
        self.woken: list[str] = []
        self.store = Store(self._wake)
        self.noted = Noted()
        self.settled = False
        self.stays = True
        self.now = 1000.0
        self.refusals = Refusals(lambda: self.now)
        self._version = 100

    def converge(self) -> Converged:
        """One pass; what was asked before is forgotten."""
        return run(self.converging())

    async def converging(self) -> Converged:
        """One pass, in a loop that runs already."""
        self.api.sent.clear()
        chronicle = Chronicle(self.noted, "shop", "orders", self.app.uid, settled=self.settled)
        children = Children(
            self.api, self.store, self.app, self.refusals, chronicle, lambda: self.stays
        )
        return await children.converge(desired(self.app))

    def lives(self, kind: str, **changes: Any) -> dict[str, Any]:
        """A child as we make it, with some parts replaced; what is in `metadata` is laid over."""
        manifest = apps.children(self.app).get(kind) or apps.children(apps.app(replicas=2))[kind]
        live = self.accepted(manifest)
        live["metadata"] |= changes.pop("metadata", {})
        return live | changes

    def seen(self, kind: str, live: dict[str, Any]) -> None:
        """The watch tells of a child."""
        self.store.seen(KINDS[kind], json.dumps(live).encode())

    def gone(self, kind: str) -> None:
        """The watch tells that a child has ended."""
        self.store.gone(KINDS[kind], json.dumps(self.lives(kind)).encode())

    def accepted(self, manifest: Any) -> dict[str, Any]:
        """What the server makes of a manifest."""
        self._version += 1
        live: dict[str, Any] = deepcopy(dict(manifest))
        found = {"uid": f"uid-of-{live['kind']}", "resourceVersion": str(self._version)}
        live["metadata"] = {**live["metadata"], **found}
        return live

    def asked(self, method: str) -> list[str]:
        """Of which kinds something was asked with this method."""
        plurals = {kind.plural: kind.name for kind in KINDS.values()}
        paths = [sent.path.split("/") for sent in self.api.sent if sent.method == method]
        return sorted(plurals[path[-2]] for path in paths if path[-2] in plurals)

    def _wake(self, namespace: str, name: str, *, urgent: bool) -> None:
        assert urgent
        self.woken.append(f"{namespace}/{name}")

    def _answer(self, sent: Sent) -> object:
        for plural, says in self.says.items():
            if f"/{plural}/" in f"{sent.path}/":
                return says(sent)
        if sent.method == "GET" and "/microservices/" in sent.path:
            return {"metadata": {"uid": self.app.uid}}
        return self.accepted(sent.body) if sent.method == "PATCH" else {}


class Operator:
    """The pass over one Microservice, and the server's copy of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.microservices = Microservices()
        self.time = EPOCH
        self.rung: list[Key] = []
        self.alarms = Alarms(self.rung.append, lambda: self.time)
        self.shared = SharedConfig(lambda *_: None)
        self.definitions = Definitions((), lambda: None)
        self.claims = Claims()
        self.served = NOTHING
        self.exposures = Exposures(
            self.claims,
            Roll((), self._nobody),
            world.store,
            self._nobody,
            lambda _: self.served,
        )
        self.reconciler = Reconciler(
            world.api,
            world.store,
            self.microservices,
            world.noted,
            Settings(),
            self.alarms,
            self.shared,
            self.definitions,
            self.exposures,
        )
        self.before_status: Callable[[], None] = lambda: None
        self.body = body()
        self.touch()
        world.says["microservices"] = self._status

    def touch(self, **changes: Any) -> None:
        """The watch tells of a new state of it."""
        version = int(self.body["metadata"].get("resourceVersion", "0")) + 1
        metadata = self.body["metadata"] | changes.pop("metadata", {})
        self.body = self.body | changes | {"metadata": metadata | {"resourceVersion": str(version)}}
        self.microservices.observe(self.body)

    def pods(self, **status: Any) -> None:
        """The watch tells how the Deployment stands."""
        self.world.seen("Deployment", self.world.lives("Deployment", status=status))

    def run(self) -> float | None:
        """One pass."""
        self.world.api.sent.clear()
        return run(self.reconciler.reconcile(KEY))

    def condition(self, kind: str) -> dict[str, Any]:
        """What the status says."""
        conditions = self.body.get("status", {}).get("conditions", [])
        found = [condition for condition in conditions if condition["type"] == kind]
        return found[0] if found else {}

    def _nobody(self, *_: object) -> None:
        """Nobody serves hosts here."""

    def _status(self, sent: Sent) -> object:
        assert sent.body["metadata"]["resourceVersion"] == self.body["metadata"]["resourceVersion"]
        self.before_status()
        version = str(int(self.body["metadata"]["resourceVersion"]) + 1)
        metadata = self.body["metadata"] | {"resourceVersion": version}
        self.body = self.body | {"status": sent.body["status"], "metadata": metadata}
        return json.loads(json.dumps(self.body))


def failing(error: Exception) -> Any:
    """Always the same refusal."""

    def answer(_: Sent) -> object:
        raise error

    return answer


def owned_by(
    kind: str, name: str, uid: str = "x", api: str = MICROSERVICE.api_version
) -> dict[str, Any]:
    """Metadata with a controlling owner."""
    owner = {"apiVersion": api, "kind": kind, "name": name, "uid": uid, "controller": True}
    return {"ownerReferences": [owner]}


def edited(world: World) -> None:
    """Somebody changes the type of the Service, as the watch tells."""
    live = world.lives("Service")
    live["spec"] = {**live["spec"], "type": "NodePort"}
    world.seen("Service", live)
