"""The bench: one operator on a real control plane, a crowd of apps, and what that costs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from microservice_operator.api.spec import Spec
from microservice_operator.model.kinds import MICROSERVICE
from microservice_operator.resources import CHILDREN
from tests.benchmarks.crowd import MERGE_PATCH, Call, Crowd
from tests.benchmarks.usage import Usage
from tests.cluster import wait_until
from tests.cluster.operator import Operator
from tests.integration.world import USER, WRITES, condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from microservice_operator.model.kinds import Kind
    from tests.cluster import Cluster, Request

    Manifest = dict[str, Any]

SETTINGS = """
gateways: {public: {gateway: edge/public, serviceAccount: edge/public}}
mesh: {settle: 1s}
"""
NAMESPACE = "bench"
APP = "app-"
OK, CREATED = 200, 201
PATIENCE = 600.0
CALM_SECONDS = 1.0
A_TICK_OR_TWO = 0.02
KINDS = {kind.plural: kind for kind in (MICROSERVICE, *CHILDREN)}


@dataclass(frozen=True)
class Size:
    """How many apps there are, whether they have pods, and how long one waits."""

    apps: int
    pods: bool = True
    idle: float = 60
    frozen: float = 20

    @property
    def spec(self) -> Manifest:
        """An app as most are, with everything that this version of the operator can do for it."""
        spec: Manifest = {
            "image": "registry.example/app:1",
            "env": [{"name": "LOG_LEVEL", "value": "info"}],
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
            "health": {"path": "/healthz"},
            "availability": {"maxUnavailable": 1},
        }
        if "config" in Spec.model_fields:
            files = {"app.yaml": "pages: 50"}
            spec["config"] = {"files": files, "mountPath": "/etc/app", "onChange": "Reload"}
        if not self.pods:
            spec["replicas"] = 0
        elif "scaling" in Spec.model_fields:
            spec["scaling"] = {"min": 1, "max": 3, "cpu": 80}
        return spec


@dataclass
class Cost:
    """What the operator has asked of the server and used meanwhile."""

    requests: list[Request] = field(default_factory=list)
    seconds: float = 0
    cpu: float = 0

    @property
    def about_apps(self) -> list[Request]:
        """What was asked for one app: neither a list nor a watch for all, nor an Event."""
        return [r for r in self.requests if r.namespace == NAMESPACE and r.resource != "events"]

    @property
    def writes(self) -> list[Request]:
        """Writes to children and to the status."""
        return [r for r in self.about_apps if r.verb in WRITES]

    @property
    def events(self) -> list[Request]:
        """What was told to `kubectl describe`."""
        return [r for r in self.requests if r.resource == "events"]


class Bed:
    """Many apps of one spec in one namespace, and the operator that serves them."""

    def __init__(self, cluster: Cluster, size: Size) -> None:
        self.cluster = cluster
        self.size = size
        self.crowd = Crowd(cluster.api)
        self.names = [f"{APP}{number}" for number in range(size.apps)]
        credentials = cluster.kubeconfig_for(USER, ["system:masters"])
        settings = cluster.folder / "settings.yaml"
        settings.write_text(SETTINGS)
        options = ("--log-format=json", f"--settings={settings}")
        self.operator = Operator(cluster.processes, credentials, *options)

    def __len__(self) -> int:
        """How many apps it is about."""
        return len(self.names)

    # ------------------------------------------------------------------ what is done

    def path(self, kind: str, name: str = "") -> str:
        """Where objects of this kind live; `kind` is the plural."""
        known: Kind = KINDS[kind]
        return known.path(NAMESPACE, name) if name else known.collection(NAMESPACE)

    def create(self, specs: Mapping[str, Manifest] | None = None) -> None:
        """Create all apps at once, or those that have a spec of their own."""
        given = specs or dict.fromkeys(self.names, self.size.spec)
        head = {"apiVersion": "microservices.dev/v1alpha1", "kind": "Microservice"}
        self.crowd.send(
            Call(
                "POST",
                self.path("microservices"),
                {**head, "metadata": {"name": name}, "spec": spec},
            )
            for name, spec in given.items()
        )

    def merge(self, content: Manifest) -> None:
        """Change every app in this way."""
        self.crowd.send(
            Call("PATCH", self.path("microservices", name), content, MERGE_PATCH)
            for name in self.names
        )

    def child(self, kind: str, app: str) -> Manifest | None:
        """The first child of this kind that an app has."""
        found = (item for item in self.all(kind) if _belongs(item, app))
        return next(found, None)

    def get(self, kind: str, name: str) -> Manifest | None:
        """One object, if it is there and stays."""
        found: Manifest = self.crowd.ask(Call("GET", self.path(kind, name)), missing=True)
        return found or None

    def delete(self) -> None:
        """Delete every app."""
        names = [found["metadata"]["name"] for found in self.all("microservices")]
        self.crowd.send(Call("DELETE", self.path("microservices", name)) for name in names)

    # ------------------------------------------------------------------ what is awaited

    def all(self, kind: str) -> list[Manifest]:
        """All objects of a kind."""
        items: list[Manifest] = self.crowd.ask(Call("GET", self.path(kind)))["items"]
        return [item for item in items if item["metadata"]["name"].startswith(APP)]

    def await_ready(self) -> None:
        """Wait until every app is Ready at its newest generation."""

        def all_ready() -> bool:
            there = self.all("microservices")
            return bool(there) and all(map(_ready, there))

        wait_until(all_ready, "every app to be Ready", PATIENCE, self._pause)

    def await_verdicts(self) -> None:
        """Wait until every autoscaler has said what it says on a bed without metrics."""

        def all_said() -> bool:
            return all(map(_judged, self.all("microservices")))

        wait_until(all_said, "every autoscaler to look", PATIENCE, self._pause)

    def await_end(self) -> None:
        """Wait until neither an app nor a child is left."""
        for kind in (name for name, known in KINDS.items() if not known.of):
            wait_until(partial(self._none, kind), f"no {kind}", PATIENCE, self._pause)

    def _none(self, kind: str) -> bool:
        return not self.all(kind)

    @property
    def _pause(self) -> float:
        """Looking costs the server too: the more apps, the less often."""
        return 0.1 + len(self) / 1000

    def await_calm(self) -> None:
        """Wait until the operator has nothing to do any more."""

        def calm() -> bool:
            before = self.usage().cpu
            time.sleep(CALM_SECONDS)  # calm is what is observed, not what is hoped for
            return self.usage().cpu - before <= A_TICK_OR_TWO

        wait_until(calm, "the operator to be calm", PATIENCE)

    # ------------------------------------------------------------------ what is measured

    def usage(self) -> Usage:
        """What the operator's process has used so far."""
        return Usage.of(self.cluster.processes.running()[self.operator.name])

    def requests(self, mark: int) -> list[Request]:
        """What the operator has asked since the mark."""
        return self.cluster.audit.requests(user=USER, since=mark)

    @contextmanager
    def cost(self) -> Iterator[Cost]:
        """What the block costs until the operator is calm again; `seconds` are its own."""
        cost, mark, used, began = Cost(), self.cluster.audit.mark(), self.usage(), time.monotonic()
        yield cost
        cost.seconds = time.monotonic() - began
        self.await_calm()
        cost.cpu = self.usage().cpu - used.cpu
        cost.requests = self.requests(mark)

    def failures(self) -> list[str]:
        """Everything in the operator's log that should not be there."""
        return [line for line in self.operator.log.read_text().splitlines() if "Traceback" in line]


def _belongs(child: Manifest, app: str) -> bool:
    owners = child["metadata"].get("ownerReferences", [])
    return any(owner["name"] == app for owner in owners)


def _judged(app: Manifest) -> bool:
    conditions = app.get("status", {}).get("conditions", ())
    said = [each["status"] for each in conditions if each["type"] == "Autoscaled"]
    return said in ([], ["False"])


def _ready(app: Manifest) -> bool:
    ready = condition(app, "Ready")
    current = ready.get("observedGeneration") == app["metadata"]["generation"]
    return bool(current and ready["status"] == "True")


@contextmanager
def opened(cluster: Cluster, size: Size) -> Iterator[Bed]:
    """A bed with an operator that works, on a server that serves Microservices."""
    path, ask = f"/api/v1/namespaces/{NAMESPACE}", cluster.api.request
    wait_until(lambda: ask("GET", MICROSERVICE.collection())[0] == OK, "the CRD to be served")
    code, answer = ask("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    assert code == CREATED, answer
    account = f"{path}/serviceaccounts/default"
    wait_until(lambda: ask("GET", account)[0] == OK, "pods to be admitted")
    bed = Bed(cluster, size)
    bed.operator.start()
    try:
        yield bed
    finally:
        bed.crowd.close()
