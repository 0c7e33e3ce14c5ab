"""Which writes bring the children of one Microservice to what is desired, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from microservice_operator.plan.difference import differences
from microservice_operator.plan.handover import AUTOSCALER, REPLICAS, floor
from microservice_operator.plan.manifest import Key, digest
from microservice_operator.plan.ownership import changed_by
from microservice_operator.plan.repair import repair

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from microservice_operator.plan.difference import Difference
    from microservice_operator.plan.manifest import Manifest

WAVES = {
    "AuthorizationPolicy": 0,
    "ServiceAccount": 0,
    "ServiceEntry": 0,
    "Sidecar": 1,
    "ConfigMap": 0,
    "Deployment": 1,
    "DestinationRule": 2,
    "EnvoyFilter": 2,
    "HorizontalPodAutoscaler": 1,
    "NetworkPolicy": 0,
    "PeerAuthentication": 0,
    "PodDisruptionBudget": 1,
    "PrometheusRule": 3,
    "RequestAuthentication": 0,
    "Service": 1,
    "ServiceMonitor": 3,
    "Telemetry": 2,
    "VirtualService": 3,
}
LAST = max(WAVES.values())
# What nobody can change in a ConfigMap that is immutable.
FIXED = frozenset({"data", "binaryData", "immutable"})


class Action(Enum):
    """What a step does to its child."""

    CREATE = "create"
    APPLY = "apply"
    REPAIR = "repair"  # send the step's patch, which does it all
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a live child."""

    uid: str
    verified: str | None = None  # digest of the manifest that it was last found to match
    content: Manifest | None = None  # what has come since; None when nothing has
    deleting: bool = False
    held: int | None = None  # the number of its pods, as long as that is ours


@dataclass(frozen=True, slots=True)
class Step:
    """One child that has to change.

    `drift` tells that somebody else changed it or took it away (`by` whom, if there is a trace),
    rather than the user the spec; `undone` are the differences that are theirs. `fewest` pods are
    what an autoscaler will allow it, and `held` are those that we have to hand over first.
    """

    action: Action
    key: Key
    wave: int
    manifest: Manifest | None = None
    uid: str = ""
    patch: tuple[dict[str, Any], ...] = ()
    differences: tuple[Difference, ...] = ()
    undone: tuple[Difference, ...] = ()
    drift: bool = False
    by: str = ""
    fewest: int | None = None
    held: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in their order, the children to wait for, and those found to be as desired.

    `verified` holds their digests, for the store to remember; `surplus` is what is spared.
    """

    steps: tuple[Step, ...] = ()
    waiting: tuple[Key, ...] = ()
    verified: Mapping[Key, str] = field(default_factory=dict)
    surplus: tuple[Key, ...] = ()

    def waves(self) -> Iterator[tuple[Step, ...]]:
        """The steps that may run side by side, wave after wave."""
        for wave in sorted({step.wave for step in self.steps}):
            yield tuple(step for step in self.steps if step.wave == wave)


def plan(
    desired: Sequence[Manifest],
    live: Mapping[Key, Known],
    *,
    lost: Mapping[Key, str] = MappingProxyType({}),
    spared: Container[Key] = (),
    held: Container[str] = (),
) -> Plan:
    """Create what is missing, change what differs, delete what is no longer desired.

    A child that is being deleted is waited for: its name will be free. `lost` has the digests of
    children that were as desired until somebody took them away. What is `spared` stays although it
    is not desired; children of the kinds that are `held` are left as they are.
    """
    steps: list[Step] = []
    waiting: list[Key] = []
    verified: dict[Key, str] = {}
    wanted = {Key.of(each): each for each in desired if each["kind"] not in held}
    for key, manifest in wanted.items():
        known, content = live.get(key), digest(manifest)
        fewest = floor(desired, key)
        if known is None:
            drift = lost.get(key) == content
            new = Step(Action.CREATE, key, WAVES[key.kind], manifest, drift=drift, fewest=fewest)
            steps.append(new)
        elif known.deleting:
            waiting.append(key)
        elif step := _change(key, manifest, known, unchanged=known.verified == content):
            steps.append(replace(step, fewest=fewest, held=known.held))
        elif known.content is not None:
            verified[key] = content
    unwanted = {
        key
        for key in live.keys() - wanted.keys()
        if not live[key].deleting and key.kind not in held
    }
    steps += [
        Step(Action.DELETE, key, _last_wave(key), uid=live[key].uid)
        for key in unwanted
        if key not in spared
    ]
    steps.sort(key=lambda step: (step.wave, step.key))
    surplus = tuple(sorted(key for key in unwanted if key in spared))
    return Plan(tuple(steps), tuple(sorted(waiting)), verified, surplus)


def _last_wave(key: Key) -> int:
    """Removal goes the other way round, when the rest is done; but who scales must let go first."""
    return 0 if key.kind == AUTOSCALER else LAST + 1 + LAST - WAVES[key.kind]


def _change(key: Key, manifest: Manifest, known: Known, *, unchanged: bool) -> Step | None:
    wave = WAVES[key.kind]
    if known.content is None:
        return None if unchanged else Step(Action.APPLY, key, wave, manifest, known.uid)
    found = differences(manifest, known.content)
    if not found:
        return None
    patch = repair(manifest, known.content, found)
    who = [changed_by(known.content, each.where) for each in found]
    # after a restart there is no digest to tell drift from a change of the spec; but a number of
    # pods that was not ours was not taken from us
    undone = [
        each
        for each, by in zip(found, who, strict=True)
        if unchanged or (by and (each.where != REPLICAS or known.held is not None))
    ]
    action = Action.REPAIR if patch else Action.APPLY
    if known.content.get("immutable") and any(each.where[0] in FIXED for each in found):
        action = Action.DELETE  # its successor will be as desired
    return Step(
        action,
        key,
        wave,
        manifest,
        known.uid,
        patch,
        tuple(found),
        undone=tuple(undone),
        drift=bool(undone),
        by=next(filter(None, who), ""),
    )
