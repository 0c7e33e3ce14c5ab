"""A namespace in which Microservices live: applied, awaited, damaged and counted."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.cluster import Cluster, wait_until
from tests.cluster.operator import Operator
from tests.integration.paths import API, CUSTOM
from tests.integration.writer import AGENT, APPLY, JSON_PATCH, Refused, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.cluster import Request
    from tests.integration.process import Process

USER = "system:serviceaccount:microservice-system:microservice-operator"
WRITES = frozenset({"create", "update", "patch", "delete"})
SENTINEL = "sentinel"
NOT_FOUND = 404
MOST_EVIDENCE = 60

CHILDREN = (
    "authorizationpolicies",
    "configmaps",
    "deployments",
    "destinationrules",
    "envoyfilters",
    "networkpolicies",
    "peerauthentications",
    "poddisruptionbudgets",
    "prometheusrules",
    "serviceaccounts",
    "serviceentries",
    "servicemonitors",
    "services",
    "sidecars",
    "telemetries",
    "virtualservices",
)
# With it an app has one child of each of them.
ONE_OF_EACH: dict[str, Any] = {
    "availability": {"maxUnavailable": 1},
    "allowFrom": [],
    "calls": [{"host": "api.example.com", "ports": [{"port": 443}]}],
    "observability": {"metrics": {}, "accessLog": "Errors", "slo": {"availability": "99.9"}},
    "resilience": {
        "timeout": "3s",
        "circuitBreaker": {"consecutiveErrors": 3},
        "rateLimit": {"requests": 100, "per": "Second"},
    },
    "security": {"mtls": "Strict"},
    "config": {"files": {"a.yaml": "a"}, "onChange": "Reload"},
}
# What follows the name of the Microservice; of a host outside it tells which.
SUFFIXES = {"configmaps": "-files", "serviceentries": "-zkt7obah"}

Manifest = dict[str, Any]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    """One namespace of a cluster with an operator."""

    cluster: Cluster
    namespace: str
    operator: Operator | Process
    user: str = USER
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writer", Writer(self.cluster.api))

    @property
    def process(self) -> Operator:
        """The operator that all tests share, and may restart."""
        assert isinstance(self.operator, Operator)
        return self.operator

    # ------------------------------------------------------------------ what is there

    def path(self, kind: str, name: str = "") -> str:
        """Where objects of this kind live; `kind` is the plural."""
        return f"{API[kind]}/namespaces/{self.namespace}/{kind}" + (f"/{name}" if name else "")

    def get(self, kind: str, name: str) -> Manifest | None:
        """One object, if there is one."""
        try:
            found: Manifest = self.writer.request("GET", self.path(kind, name))
        except Refused as error:
            if error.code != NOT_FOUND:
                raise
            return None
        return found

    def the(self, kind: str, name: str = "orders") -> Manifest:
        """One object, which exists."""
        found = self.get(kind, name)
        assert found is not None, f"{kind}/{name} does not exist"
        return found

    def all(self, kind: str) -> list[Manifest]:
        """All objects of a kind."""
        items: list[Manifest] = self.writer.request("GET", self.path(kind))["items"]
        return items

    def children(self, name: str = "orders") -> dict[str, Manifest]:
        """Those children of the Microservice of this name that exist, by kind."""
        return {kind: child for kind in CHILDREN if (child := self.get(kind, named(kind, name)))}

    def notes(self, reason: str, name: str = "orders") -> list[str]:
        """What the Events on a Microservice say for this reason."""
        return [
            event["note"]
            for event in self.all("events")
            if event["reason"] == reason
            and (event["regarding"]["kind"], event["regarding"]["name"]) == ("Microservice", name)
        ]

    # ------------------------------------------------------------------ what is done

    def apply(self, name: str = "orders", /, **spec: Any) -> Manifest:
        """Write a Microservice as a user would, and go on."""
        manifest = {
            "apiVersion": "microservices.dev/v1alpha1",
            "kind": "Microservice",
            "metadata": {"name": name},
            "spec": {"image": "registry.example/app:1", **spec},
        }
        return self.apply_as("somebody", "microservices", manifest)

    def apply_as(self, manager: str, kind: str, manifest: Manifest) -> Manifest:
        """Apply on the server's side, with force."""
        applied: Manifest = self.writer.request(
            "PATCH",
            self.path(kind, manifest["metadata"]["name"]),
            manifest,
            content=APPLY,
            query={"fieldManager": manager, "force": "true"},
        )
        return applied

    def create(self, kind: str, manifest: Manifest) -> Manifest:
        """Create an object that is none of ours."""
        typed = {"apiVersion": API[kind].removeprefix("/apis/"), "kind": CUSTOM.get(kind)}
        given = {**typed, **manifest} if kind in CUSTOM else manifest
        created: Manifest = self.writer.request("POST", self.path(kind), given)
        return created

    def patch(
        self,
        kind: str,
        operations: Sequence[Manifest],
        *,
        name: str = "orders",
        manager: str = "kubectl-patch",
        agent: str = "tests",
    ) -> Manifest:
        """Change an object by JSON patch, under the name of this manager."""
        patched: Manifest = self.writer.request(
            "PATCH",
            self.path(kind, name),
            list(operations),
            content=JSON_PATCH,
            agent=agent,
            query={"fieldManager": manager},
        )
        return patched

    def delete(self, kind: str, name: str = "orders", policy: str = "Background") -> None:
        """Delete an object."""
        self.writer.request("DELETE", self.path(kind, name), {"propagationPolicy": policy})

    def kubectl(self, *arguments: str) -> str:
        """What kubectl says in this namespace."""
        return self.cluster.kubectl("-n", self.namespace, *arguments).stdout

    # ------------------------------------------------------------------ what is awaited

    def ready(self, name: str = "orders", /, **spec: Any) -> Manifest:
        """Write a Microservice and wait until it is Ready."""
        self.apply(name, **spec)
        return self.await_condition("Ready", "True", name=name)

    def await_condition(
        self, kind: str, status: str, reason: str = "", *, name: str = "orders", timeout: float = 60
    ) -> Manifest:
        """Wait until a condition of the newest generation says this, and return the object."""

        def met() -> Manifest | None:
            found = self.get("microservices", name) or {}
            there = condition(found, kind)
            current = there.get("observedGeneration") == found.get("metadata", {}).get("generation")
            says = there.get("status") == status and reason in {"", there.get("reason")}
            return found if current and says else None

        return self.eventually(met, f"{name} to have {kind}={status} {reason}", timeout)

    def await_object(
        self, kind: str, holds: Callable[[Manifest], object], name: str = "orders"
    ) -> Manifest:
        """Wait until an object exists of which this holds."""

        def met() -> Manifest | None:
            found = self.get(kind, name)
            return found if found is not None and holds(found) else None

        return self.eventually(met, f"{kind}/{name} to be as expected")

    def await_end(self, kind: str, name: str = "orders") -> None:
        """Wait until an object is gone."""
        wait_until(lambda: self.get(kind, name) is None, f"the end of {kind}/{name}", 60)

    def eventually(
        self, met: Callable[[], Manifest | None], message: str, timeout: float = 60
    ) -> Manifest:
        """Wait; when it was in vain, show what everybody said and did."""
        try:
            found = wait_until(met, message, timeout)
        except TimeoutError as error:
            raise AssertionError("\n".join([str(error), *self._evidence()])) from error
        assert found is not None
        return found

    def _evidence(self) -> Iterator[str]:
        """Whose fault it is: of the operator, of a controller, or of the test."""
        for kind in ("microservices", "deployments"):
            for found in self.all(kind):
                name, generation = (found["metadata"][key] for key in ("name", "generation"))
                yield f"{kind}/{name} of generation {generation}: {found.get('status')}"
        for request in self.cluster.audit.requests(namespace=self.namespace)[-MOST_EVIDENCE:]:
            if request.user_agent != AGENT:
                who = f"{request.received:%X.%f} {request.user}"
                yield f"{who}: {spelled(request)} {request.name}: {request.code}"
        yield from self.operator.log.read_text().splitlines()[-MOST_EVIDENCE:]

    def settle(self) -> None:
        """Wait until the operator has worked off everything that has happened until now.

        A newcomer is Ready only after its own events have come through the same watches, nobody
        waits for a pass any more when no worker works, and Events are posted in their order.
        """
        name = f"{SENTINEL}-{next(_numbers)}"
        self.ready(name, replicas=0)
        wait_until(lambda: idle(self.operator), "the operator to be idle", 60)
        wait_until(lambda: self.notes("Ready", name), "its Events to be posted", 60)

    # ------------------------------------------------------------------ what is counted

    def mark(self) -> int:
        """A point in time to count from."""
        return self.cluster.audit.mark()

    def requests(self, mark: int) -> list[Request]:
        """What the operator has asked of this namespace since the mark; Events are its own talk."""
        return [
            request
            for request in self.cluster.audit.requests(user=self.user, since=mark)
            if request.namespace == self.namespace
            and request.resource != "events"
            and not request.name.startswith(SENTINEL)
        ]

    def writes(self, mark: int) -> list[str]:
        """Its writes to children and status, as `verb resource/subresource`."""
        return [spelled(r) for r in self.requests(mark) if r.verb in WRITES]

    def reads(self, mark: int) -> list[str]:
        """Its reads."""
        return [spelled(r) for r in self.requests(mark) if r.verb not in WRITES]


def named(kind: str, name: str = "orders") -> str:
    """What the child of this kind is called; of the ConfigMaps, the one that keeps its name."""
    return f"{name}{SUFFIXES.get(kind, '')}"


def idle(operator: Operator | Process) -> bool:
    """Whether nobody waits for a pass and nobody works on one."""
    lines = operator.get("/metrics")[1].splitlines()
    busy = ("workqueue_depth{", "controller_runtime_active_workers{")
    return all(line.endswith(" 0.0") for line in lines if line.startswith(busy))


def condition(found: Manifest, kind: str) -> Manifest:
    """The condition of this type; empty if there is none."""
    conditions = found.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), {})


def spelled(request: Request) -> str:
    """A request as `verb resource/subresource`."""
    return f"{request.verb} {'/'.join(filter(None, (request.resource, request.subresource)))}"
