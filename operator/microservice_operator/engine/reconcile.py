"""One pass over one Microservice: parse, resolve, build, plan, apply, say.

It is the same whatever woke it, and on an unchanged app it sends nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from microservice_operator.engine import clock
from microservice_operator.engine.announcer import Announcer, condition
from microservice_operator.engine.children import Children, Converged
from microservice_operator.engine.chronicle import Chronicle
from microservice_operator.engine.looks import Looks
from microservice_operator.engine.preview import Preview
from microservice_operator.engine.refusals import Refusals
from microservice_operator.engine.retention import outdated
from microservice_operator.errors import Forbidden, Invalid, UserError
from microservice_operator.model import Mode, understand
from microservice_operator.model.config import missing
from microservice_operator.model.facts import Facts
from microservice_operator.model.kinds import AUTOSCALER, DEPLOYMENT, ISTIO
from microservice_operator.plan import digest
from microservice_operator.resources import desired
from microservice_operator.status import Autoscaler, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.decode import Child
    from microservice_operator.cluster.definitions import Definitions
    from microservice_operator.cluster.events import Recorder
    from microservice_operator.cluster.shared import SharedConfig
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.alarms import Alarms
    from microservice_operator.engine.microservices import Known, Microservices
    from microservice_operator.engine.queue import Key
    from microservice_operator.model import App, Kind, Manifest
    from microservice_operator.model.scaling import Scaling
    from microservice_operator.platform import Settings


@dataclass(slots=True)
class Reconciler:
    """The pass, and what it remembers from one to the next."""

    api: Api
    store: Store
    microservices: Microservices
    recorder: Recorder
    settings: Settings
    alarms: Alarms
    shared: SharedConfig
    definitions: Definitions
    looks: Looks = field(init=False)
    _announcer: Announcer = field(init=False)
    _refusals: dict[Key, tuple[str, Refusals]] = field(default_factory=dict)
    _uses: dict[Key, tuple[str, ...] | None] = field(default_factory=dict)
    _tidy: dict[Key, tuple[object, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looks = Looks(self.api)
        self._announcer = Announcer(self.api, self.microservices)

    async def reconcile(self, key: Key) -> float | None:
        """Bring the cluster to what the Microservice asks for, and say how things stand.

        Returns:
            The loop time at which to look again although nothing happened; None for never.

        Raises:
            Again: the pass should be repeated; it is safe to do so.
        """
        known = self.microservices.get(key)
        if known is None or known.deleting:
            return None
        try:
            return await self._pass(key, known)
        finally:
            if self.microservices.get(key) is None:  # it left while we were at work
                self.forget(key)

    async def _pass(self, key: Key, known: Known) -> float | None:
        understood = self._understand(key, known)
        if isinstance(understood, UserError):
            converged, mode, version = Converged(error=understood), None, None
            autoscaler = windows = None
        else:
            converged, mode = await self._act(key, known, understood), understood.mode
            # what is only planned, or waits for its configuration, does not run yet
            runs = mode is Mode.APPLY and not understood.config.unknown
            version = understood.version if runs else None
            autoscaler = self._autoscaler(key, known, understood.scaling)
            windows = understood.scaling.windows if understood.scaling else None
            if windows and mode is not Mode.APPLY:
                windows = replace(windows, active=())  # what is open is not in force
        deployment = self._child(DEPLOYMENT, key, known)
        rollout = deployment.rollout if deployment else None
        look = await self.looks.look(key, known.generation, rollout)
        outcome = Outcome(
            name=key.name,
            generation=known.generation,
            version=version,
            children=converged.children,
            error=converged.error,
            recreating=converged.recreating,
            rollout=rollout,
            looked=look.done,
            trouble=look.trouble,
            planned=converged.planned,
            paused=mode is Mode.PAUSED,
            autoscaler=autoscaler,
            windows=windows,
            mesh=None if isinstance(understood, UserError) else understood.mesh,
        )
        await self._announcer.say(known, outcome, self._chronicle(known))
        self.alarms.set(key, windows.changes_at if windows else None)
        return min((at for at in (converged.retry_at, look.next_at) if at), default=None)

    async def _act(self, key: Key, known: Known, app: App) -> Converged:
        """Do what the mode says: all of it, only find out what that would be, or nothing."""
        match app.mode:
            case Mode.PLAN:
                planned = await Preview(self.api, self.store, app).look(desired(app))
                return Converged(error=missing(app), planned=planned)
            case Mode.PAUSED:
                return Converged()
            case Mode.APPLY:
                return await self._converge(key, known, app, desired(app))

    async def _converge(
        self, key: Key, known: Known, app: App, manifests: Sequence[Manifest]
    ) -> Converged:
        """Bring the children to what is desired; when a rollout is done, tidy up after it."""
        children = self._children(key, known, app)
        converged = await children.converge(manifests)
        deployment = self._child(DEPLOYMENT, key, known)
        rollout = deployment.rollout if deployment else None
        if not (converged.surplus and rollout and rollout.complete) or _is_said(known, "Available"):
            return converged
        sight = (*converged.surplus, _templates(manifests))
        if self._tidy.get(key) == sight:  # pods have come back, and there was no rollout
            return converged
        old = await outdated(self.api, app, converged.surplus)
        self._tidy[key] = sight
        return await children.converge(manifests, old) if old else converged

    def _child(self, kind: Kind, key: Key, known: Known) -> Child | None:
        """The child of this kind that is called as its Microservice."""
        there = self.store.at(kind.name, key.namespace, key.name)
        return there if there and there.owner and there.owner.uid == known.uid else None

    def _autoscaler(self, key: Key, known: Known, scaling: Scaling | None) -> Autoscaler | None:
        """What is asked of the autoscaler, and what it says of itself."""
        if scaling is None:
            return None
        there = self._child(AUTOSCALER, key, known)
        fewest, most = (there and there.bounds) or (scaling.min, scaling.max)
        return Autoscaler(
            name=key.name,
            fewest=fewest,
            most=most,
            ignored=scaling.beside_replicas,
            exists=there is not None,
            blind=there.blind if there else "",
        )

    def forget(self, key: Key) -> None:
        """The Microservice is gone: so is what we remember of it."""
        self._refusals.pop(key, None)
        self._uses.pop(key, None)
        self._tidy.pop(key, None)
        self._announcer.forget(key)
        self.alarms.forget(key)
        self.looks.forget(key)

    def users(self, namespace: str, name: str) -> list[Key]:
        """Whom a shared ConfigMap concerns; of a spec that is not understood nobody knows."""
        return [
            key
            for key, uses in self._uses.items()
            if key.namespace == namespace and (uses is None or name in uses)
        ]

    def _understand(self, key: Key, known: Known) -> App | UserError:
        try:
            app = understand(known.body, self.settings, self._facts(key))
        except (Invalid, Forbidden) as error:
            self._uses[key] = None
            return error
        self._uses[key] = app.config.shared
        return app

    def _facts(self, key: Key) -> Facts:
        at = key.namespace
        deployment = self.store.at(DEPLOYMENT.name, at, key.name)
        return Facts(
            now=clock.now(),
            shared=self.shared.of(at),
            gone=self.shared.gone_from(at),
            mesh=self.definitions.brings(ISTIO),
            injected=bool(deployment and deployment.injected),
        )

    def _children(self, key: Key, known: Known, app: App) -> Children:
        """The children of this object; of a predecessor of its name nothing is remembered."""
        uid, refusals = self._refusals.get(key, ("", None))
        first = refusals is None or uid != app.uid
        if refusals is None or first:
            refusals = Refusals(asyncio.get_running_loop().time)
            self._refusals[key] = app.uid, refusals
        chronicle = self._chronicle(known, settled=first and _is_said(known, "Applied"))

        def stays() -> bool:
            now = self.microservices.get(key)
            return now is not None and now.uid == app.uid and not now.deleting

        return Children(self.api, self.store, app, refusals, chronicle, stays)

    def _chronicle(self, known: Known, *, settled: bool = False) -> Chronicle:
        metadata = known.body["metadata"]
        return Chronicle(
            self.recorder, metadata["namespace"], metadata["name"], known.uid, settled=settled
        )


def _templates(manifests: Sequence[Manifest]) -> tuple[str, ...]:
    """What the pods of each track are made from; another one is a rollout."""
    workloads = (each["spec"] for each in manifests if each["kind"] == DEPLOYMENT.name)
    return tuple(digest(workload["template"]) for workload in workloads)


def _is_said(known: Known, kind: str) -> bool:
    """Whether the status says that this condition holds for the present spec."""
    said = condition(known.status, kind)
    return said.get("status") == "True" and said.get("observedGeneration") == known.generation
