"""Everything that was ever written to a Microservice, and the judgement of it."""

from __future__ import annotations

import http.client
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.cluster import wait_until
from tests.integration.writer import Refused, Writer
from tests.oracles import kstatus, kubectl_wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Cluster

MICROSERVICES = "/apis/microservices.dev/v1alpha1/microservices"
DEPLOYMENTS = "/apis/apps/v1/deployments"
CYCLE_SECONDS = 2
UNSEEN = -1
TOO_EARLY = 429
DETAILS = ("Applied", "Available", "Routed")

Object = dict[str, Any]


class Record(threading.Thread):
    """Every revision of one kind in the whole cluster, from now on."""

    def __init__(self, cluster: Cluster, path: str) -> None:
        super().__init__(daemon=True, name=f"record of {path}")
        self.revisions: list[Object] = []
        self._writer = Writer(cluster.api)
        self._path = path
        self._over = threading.Event()
        self._version = wait_until(self._begin, f"{path} to be served")

    def end(self) -> list[Object]:
        """Read what there is still to read; return all revisions in their order."""
        self._over.set()
        self.join()
        return self.revisions

    @override
    def run(self) -> None:
        """Watch, cycle after cycle, until it is over."""
        while True:
            last = self._over.is_set()
            try:
                for event in self._writer.watch(self._path, self._version, CYCLE_SECONDS):
                    self._take(event)
            except (OSError, http.client.HTTPException, Refused):
                self._over.wait(CYCLE_SECONDS / 10)
            if last:
                return

    def _begin(self) -> str:
        """The present; a young resource type answers 429 for a moment."""
        try:
            version: str = self._writer.request("GET", self._path)["metadata"]["resourceVersion"]
        except Refused as error:
            if error.code != TOO_EARLY:
                raise
            return ""
        return version

    def _take(self, event: Object) -> None:
        assert event["type"] != "ERROR", event
        self.revisions.append(event["object"])
        self._version = event["object"]["metadata"]["resourceVersion"]


def judge(microservices: list[Object], deployments: list[Object]) -> Iterator[str]:
    """Everything that is wrong with what was said; nothing, when all of it was true."""
    born: dict[str, int] = {}
    for each in deployments:
        for owner in each["metadata"].get("ownerReferences", ()):
            born.setdefault(owner["uid"], _version(each))
    histories: dict[str, list[Object]] = {}
    for each in microservices:
        histories.setdefault(each["metadata"]["uid"], []).append(each)
        yield from (f"{_named(each)} {flaw}" for flaw in _flaws(each, born))
    for history in histories.values():
        for before, after in pairwise(history):
            yield from (f"{_named(after)} {flaw}" for flaw in _leaps(before, after))


def _flaws(revision: Object, born: dict[str, int]) -> Iterator[str]:
    """What is wrong with one revision, whoever looks at it."""
    status, metadata = revision["status"], revision["metadata"]
    current = kstatus(revision) == "Current"
    if current != kubectl_wait(revision) and "deletionTimestamp" not in metadata:
        yield "is judged otherwise by kstatus than by kubectl wait"
    if current and not (
        "Ready" in _true(revision) and _observed(revision) == metadata["generation"]
    ):
        yield "counts as Current before it is Ready"
    if current and born.get(metadata["uid"], _version(revision)) >= _version(revision):
        yield "counts as Current before its Deployment existed"
    if _observed(revision) > metadata["generation"]:
        yield "has seen a generation that does not exist"
    if status["observedGeneration"] != UNSEEN:
        yield from _contradictions(revision)


def _contradictions(revision: Object) -> Iterator[str]:
    """What does not fit together in a status that the operator has written."""
    there, true = _conditions(revision), _true(revision)
    if {"Stalled", "Reconciling"} <= there.keys():
        yield "is Stalled and Reconciling at once"
    if any(each.get("observedGeneration") != _observed(revision) for each in there.values()):
        yield "has conditions about different generations"
    if ("Ready" in true) != (true >= set(DETAILS)):
        yield "has a Ready that does not sum the others up"
    if not (true & {"Ready", "Stalled", "Reconciling"} or _idle(revision)):
        yield "is neither Ready nor Stalled nor Reconciling"
    yield from _false_rest(revision)


def _false_rest(revision: Object) -> Iterator[str]:
    """What does not fit to a plan, or to a pause."""
    there, idle, plan = _conditions(revision), _idle(revision), revision["status"].get("plan")
    applied = there["Applied"]
    if idle and (applied["status"], applied["reason"]) != ("Unknown", idle):
        yield "is Planned or Paused for another reason than that of Applied"
    if idle and there.keys() & {"Stalled", "Reconciling"}:
        yield "works or is stuck while nothing is to be done"
    if (plan is not None) != (idle == "Planned"):
        yield "has a plan without being Planned, or none although it is"
    if plan is not None and plan["generation"] != _observed(revision):
        yield "has a plan about another generation"


def _idle(revision: Object) -> str:
    """Why nobody is at work; empty when somebody is."""
    ready = _conditions(revision)["Ready"]
    idle = ready["status"] == "Unknown" and ready["reason"] in {"Planned", "Paused"}
    return str(ready["reason"]) if idle else ""


def _leaps(before: Object, after: Object) -> Iterator[str]:
    old, new = _conditions(before), _conditions(after)
    for kind in old.keys() & new.keys():
        moved = old[kind]["lastTransitionTime"] != new[kind]["lastTransitionTime"]
        if moved and old[kind]["status"] == new[kind]["status"]:
            yield f"moved the time of {kind} without a change of its status"
        if new[kind]["lastTransitionTime"] < old[kind]["lastTransitionTime"]:
            yield f"moved the time of {kind} backwards"
    if before["status"]["observedGeneration"] > after["status"]["observedGeneration"]:
        yield "went back to an earlier generation"


def _conditions(revision: Object) -> dict[str, Object]:
    return {each["type"]: each for each in revision["status"]["conditions"]}


def _true(revision: Object) -> set[str]:
    return {kind for kind, each in _conditions(revision).items() if each["status"] == "True"}


def _observed(revision: Object) -> int:
    observed: int = revision["status"]["observedGeneration"]
    return observed


def _version(revision: Object) -> int:
    return int(revision["metadata"]["resourceVersion"])


def _named(revision: Object) -> str:
    metadata = revision["metadata"]
    ready = _conditions(revision).get("Ready", {})
    return (
        f"{metadata['namespace']}/{metadata['name']} at {metadata['resourceVersion']} "
        f"({ready.get('status')} {ready.get('reason')})"
    )
