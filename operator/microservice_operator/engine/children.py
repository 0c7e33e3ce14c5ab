"""Brings the children of one app to what is desired: carries a plan out, wave by wave."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.engine.execution import Execution
from microservice_operator.engine.ownership import Parent, awaited, standing
from microservice_operator.engine.refusals import Refusal
from microservice_operator.engine.taking import Taking, again_at
from microservice_operator.model.app import titled
from microservice_operator.model.config import missing
from microservice_operator.model.kinds import (
    AUTHORIZATION_POLICY,
    CONFIG_MAP,
    DEPLOYMENT,
    ISTIO,
    NETWORK_POLICY,
    PEER_AUTHENTICATION,
    SERVICE_ACCOUNT,
)
from microservice_operator.model.labels import NAME, TRACK, dashboard_map
from microservice_operator.model.observability import unread
from microservice_operator.plan import Action, Key, Known, Step, plan
from microservice_operator.resources import CHILDREN

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.chronicle import Chronicle
    from microservice_operator.engine.refusals import Refusals
    from microservice_operator.errors import UserError
    from microservice_operator.model import App, Manifest
    from microservice_operator.plan import Plan
    from microservice_operator.status import Prospect

# The kinds that depend on the configuration.
CONFIGURED = frozenset({CONFIG_MAP.name, DEPLOYMENT.name})
# What a mesh keeps for as long as any part of it is there.
MESHED = frozenset(kind.name for kind in CHILDREN if kind.of == ISTIO)
# What waits for a child that could not be made: pods would find a stranger's in its place, his
# configuration or, with his account, his rights.
DEPENDING = {CONFIG_MAP.name: CONFIGURED, SERVICE_ACCOUNT.name: frozenset({DEPLOYMENT.name})}
# Without one of these pods would be open to all whom it keeps out: no first ones are made.
GUARDS = frozenset({AUTHORIZATION_POLICY.name, NETWORK_POLICY.name, PEER_AUTHENTICATION.name})


@dataclass(frozen=True, slots=True)
class Converged:
    """How far the children have come."""

    children: int = 0
    error: UserError | None = None
    recreating: str | None = None
    planned: Prospect | None = None
    retry_at: float | None = None
    surplus: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What stays for a while: tracks that nobody wants, and all children of a kind as they are."""

    tracks: Container[str] = ()
    kinds: frozenset[str] = frozenset()


FREE = Held()


def assess(
    store: Store,
    app: App,
    desired: Sequence[Manifest],
    outdated: Container[Key] = (),
    held: Held = FREE,
) -> Plan:
    """What must change; children that are as desired are remembered to be.

    An old ConfigMap is only removed when it is `outdated`, or goes with its track; what is `held`
    does not go yet. While the configuration is not known, what depends on it stays as it is, and so
    does what is left of a mesh of which a part is missing: it may still be kept.
    """
    tracks = {track.track for track in app.tracks}
    children = {Key(child.kind.name, child.name): child for child in store.of(app.uid)}
    live = {
        key: Known(
            uid=child.uid,
            verified=child.verified,
            content=child.content(),
            deleting=child.deleting,
            held=child.held,
        )
        for key, child in children.items()
    }
    names = [Key.of(manifest) for manifest in desired]
    lost = {key: store.lost(key.kind, app.namespace, key.name) for key in names}
    todo = plan(
        desired,
        live,
        lost={key: found for key, found in lost.items() if found},
        spared={
            key
            for key, child in children.items()
            if child.track in held.tracks
            or (_may_be_asked_for(key, app) and key not in outdated and child.track in tracks)
        },
        held=held.kinds
        | (CONFIGURED if app.config.unknown else frozenset[str]())
        | (MESHED if app.mesh.away else frozenset()),
    )
    for key, found in todo.verified.items():
        store.verify(children[key], found)
    for key in todo.surplus:
        store.overlook(key.kind, app.namespace, key.name)
    return todo


@dataclass(slots=True)
class Children:
    """The children of one app during one pass."""

    api: Api
    store: Store
    app: App
    refusals: Refusals
    chronicle: Chronicle
    stays: Callable[[], bool]
    held: Held = FREE

    @property
    def _taking(self) -> Taking:
        execution = Execution(self.api, self.store, Parent(self.app), self.chronicle)
        return Taking(execution, self.refusals, self.chronicle, self.stays)

    async def converge(
        self, desired: Sequence[Manifest], outdated: Container[Key] = ()
    ) -> Converged:
        """Make every child as desired and remove what is no longer wanted.

        A child that is refused holds up only those that depend on it. An old ConfigMap is only
        removed when it is `outdated`; while the configuration is not known, what depends on it
        stays as it is.

        Raises:
            Again: something changed under our hands, or the server is away.
        """
        todo = assess(self.store, self.app, desired, outdated, self.held)
        refused: list[Refusal] = []
        waiting = [
            awaited(str(key), self.store.at(key.kind, self.app.namespace, key.name))
            for key in todo.waiting
        ]
        held: set[str] = set()
        unguarded = False
        taken = {step.key.name for step in todo.steps if self._is_taken(step)}
        take = self._taking.take
        for wave in todo.waves():
            steps = [
                each
                for each in wave
                if each.key.kind not in held
                and not (unguarded and _begins(each))
                and (each.key.kind == DEPLOYMENT.name or _track(each) not in taken)
            ]
            results = await asyncio.gather(*map(take, steps), return_exceptions=True)
            for step, result in zip(steps, results, strict=True):
                if isinstance(result, BaseException):
                    raise result
                refused += [result] if isinstance(result, Refusal) else []
                waiting += [result] if isinstance(result, str) else []
                if step.action is Action.CREATE and result is not None:
                    held |= _depending(step, self.app)
                    unguarded = unguarded or step.key.kind in GUARDS
        return Converged(
            children=len(desired),
            error=refused[0].error if refused else missing(self.app) or unread(self.app),
            recreating=waiting[0] if waiting else None,
            retry_at=again_at(refused, waiting),
            surplus=tuple(key for key in todo.surplus if key.kind == CONFIG_MAP.name),
        )

    def _is_taken(self, step: Step) -> bool:
        """Whether a version would be called as a Microservice that has a workload already."""
        if not _begins(step):
            return False
        there = self.store.at(step.key.kind, self.app.namespace, step.key.name)
        return bool(
            there and step.key.name != self.app.name and isinstance(standing(there, self.app), str)
        )


def _depending(step: Step, app: App) -> frozenset[str]:
    """The kinds that wait for what could not be made; no pod reads the dashboard."""
    if step.key.name == dashboard_map(app):
        return frozenset()
    return DEPENDING.get(step.key.kind, frozenset())


def _begins(step: Step) -> bool:
    """Whether there are no pods of this track yet."""
    return step.action is Action.CREATE and step.key.kind == DEPLOYMENT.name


def _track(step: Step) -> str:
    """What the track is called that a step makes a child of; empty for what goes."""
    labels = step.manifest["metadata"]["labels"] if step.manifest else {}
    return titled(labels[NAME], labels[TRACK]) if labels else ""


def _may_be_asked_for(key: Key, app: App) -> bool:
    """Whether pods of an earlier revision can need it: ConfigMaps, but for the dashboard."""
    return key.kind == CONFIG_MAP.name and key.name != dashboard_map(app)
