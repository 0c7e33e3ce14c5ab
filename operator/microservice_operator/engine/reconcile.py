"""One pass over one Microservice: parse, resolve, build, plan, apply, say.

It is the same whatever woke it, and on an unchanged app it sends nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from microservice_operator.engine import clock
from microservice_operator.engine.announcer import Announcer, condition
from microservice_operator.engine.arrivals import Arrivals
from microservice_operator.engine.children import Children, Converged, Held
from microservice_operator.engine.chronicle import Chronicle
from microservice_operator.engine.exposures import PATIENCE
from microservice_operator.engine.guarding import ASKING_KINDS, Sentries, as_guarded
from microservice_operator.engine.looks import Looks
from microservice_operator.engine.preview import Preview
from microservice_operator.engine.proxies import Proxies, Sight
from microservice_operator.engine.refusals import Refusals
from microservice_operator.engine.retention import outdated
from microservice_operator.engine.tracks import Tracks
from microservice_operator.errors import Forbidden, Invalid, UserError
from microservice_operator.model import Mode, understand
from microservice_operator.model.config import missing
from microservice_operator.model.facts import Facts
from microservice_operator.model.kinds import DEPLOYMENT, ISTIO, PROMETHEUS_OPERATOR
from microservice_operator.model.observability import unread
from microservice_operator.plan import digest
from microservice_operator.resources import desired
from microservice_operator.status import Outcome, traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.definitions import Definitions
    from microservice_operator.cluster.events import Recorder
    from microservice_operator.cluster.shared import SharedConfig
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.alarms import Alarms
    from microservice_operator.engine.exposures import Exposures
    from microservice_operator.engine.microservices import Known, Microservices
    from microservice_operator.engine.queue import Key
    from microservice_operator.model import App, Manifest
    from microservice_operator.platform import Settings
    from microservice_operator.status import Routing


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
    exposures: Exposures
    looks: Looks = field(init=False)
    proxies: Proxies = field(init=False)
    arrivals: Arrivals = field(init=False)
    sentries: Sentries = field(init=False)
    _announcer: Announcer = field(init=False)
    _refusals: dict[Key, tuple[str, Refusals]] = field(default_factory=dict)
    _uses: dict[Key, tuple[str, ...] | None] = field(default_factory=dict)
    _tidy: dict[Key, tuple[object, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looks = Looks(self.api)
        self.proxies = Proxies(self.api)
        self.arrivals = Arrivals(self.store, _now)
        self.sentries = Sentries(self.store, self.exposures, _now)
        self._announcer = Announcer(self.api, self.microservices)

    async def reconcile(self, key: Key) -> float | None:
        """Bring the cluster to what the Microservice asks for, and say how things stand.

        Returns:
            The loop time at which to look again although nothing happened; None for never.

        Raises:
            Again: the pass should be repeated; it is safe to do so.
        """
        known = self.microservices.get(key)
        if known is None:
            return None
        if known.deleting:
            self.exposures.leaves(key, known)
            return None
        try:
            return await self._pass(key, known)
        finally:
            if self.microservices.get(key) is None:  # it left while we were at work
                self.forget(key)

    async def _pass(self, key: Key, known: Known) -> float | None:
        try:
            understood = self._understand(key, known)
        except Exception:  # one app's bad luck must not hold up those that share its hosts
            self.exposures.understood(key, known, None)
            raise
        sight = Sight()
        if isinstance(understood, UserError):
            self.exposures.understood(key, known, understood)
            app, converged = None, Converged(error=understood)
        else:
            sight = await self._sight(key, known, understood)
            app = replace(understood, mesh=replace(understood.mesh, proxied=sight.proxied))
            converged = await self._publish(key, known, app)
        routing = self.exposures.routing(key)
        if routing is None:  # the answer is about to come, and wakes us
            return _now() + PATIENCE
        outcome = self._outcome(key, known, app, converged, routing)
        track, rollout = outcome.behind
        look = await self.looks.look(key, known.generation, rollout, track)
        outcome = replace(outcome, looked=look.done, trouble=look.trouble)
        await self._announcer.say(known, outcome, self._chronicle(known))
        self.alarms.set(key, app.changes_at if app else None)
        acts = app is not None and app.mode is Mode.APPLY
        due = self.arrivals.due(key, app, self.settings.mesh) if app and acts else None
        return min(
            (at for at in (converged.retry_at, look.next_at, sight.next_at, due) if at),
            default=None,
        )

    async def _publish(self, key: Key, known: Known, app: App) -> Converged:
        """Act, and let hosts know before; of who needs a token once the policies are in force."""
        safe = as_guarded(self.store, app)
        self.exposures.understood(key, known, safe)
        converged = await self._act(key, known, app)
        if safe is not app:
            self.exposures.understood(key, known, as_guarded(self.store, app))
        return converged

    async def _sight(self, key: Key, known: Known, app: App) -> Sight:
        """Whether the pods have the proxies that this depends on."""
        tracks = Tracks(self.store, key, known.uid, app)
        found = [tracks.child(DEPLOYMENT, track.title) for track in app.tracks]
        return await self.proxies.look(key, app, [each for each in found if each])

    def _outcome(
        self, key: Key, known: Known, app: App | None, converged: Converged, routing: Routing
    ) -> Outcome:
        """What there is to say before anybody has looked at pods."""
        tracks = Tracks(self.store, key, known.uid, app)
        acts = app is not None and app.mode is Mode.APPLY
        windows = app.scaling.windows if app and app.scaling else None
        if windows and not acts:
            windows = replace(windows, active=())  # what is open is not in force
        return Outcome(
            name=key.name,
            generation=known.generation,
            # what is only planned, or waits for its configuration, does not run yet
            version=app.version if app and acts and not app.config.unknown else None,
            children=converged.children,
            error=converged.error,
            recreating=converged.recreating,
            rollout=tracks.rollout(),
            looked=False,
            trouble=None,
            planned=converged.planned,
            paused=app is not None and app.mode is Mode.PAUSED,
            autoscaler=tracks.autoscaler(),
            windows=windows,
            mesh=app.mesh if app else None,
            others=tracks.rollouts(),
            traffic=traffic(app, tracks.rollouts()) if app and acts else None,
            routing=routing,
            stranger=app.stranger if app else "",
        )

    async def _act(self, key: Key, known: Known, app: App) -> Converged:
        """Do what the mode says: all of it, only find out what that would be, or nothing."""
        match app.mode:
            case Mode.PLAN:
                planned = await Preview(self.api, self.store, app).look(desired(app))
                return Converged(error=missing(app) or unread(app), planned=planned)
            case Mode.PAUSED:
                return Converged()
            case Mode.APPLY:
                return await self._converge(key, known, app)

    async def _converge(self, key: Key, known: Known, app: App) -> Converged:
        """Bring the children to what is desired, and come back when those may go that must stay.

        Their time may run out during this pass: nothing else would lead to another one.
        """
        tracks = self.arrivals.held(key, app, self.settings.mesh)
        asked_until = self.sentries.stay(key, app, self.settings.mesh)
        held = Held(tracks, ASKING_KINDS if asked_until else frozenset())
        converged = await self._tidily(key, known, app, held)
        times = [at for at in (converged.retry_at, asked_until, *tracks.values()) if at]
        return replace(converged, retry_at=min(times, default=None))

    async def _tidily(self, key: Key, known: Known, app: App, held: Held) -> Converged:
        """Bring the children to what is desired; when a rollout is done, tidy up after it."""
        manifests = desired(app)
        children = self._children(key, known, app, held)
        converged = await children.converge(manifests)
        complete = Tracks(self.store, key, known.uid, app).complete()
        if not (converged.surplus and complete) or _is_said(known, "Available"):
            return converged
        sight = (*converged.surplus, _templates(manifests))
        if self._tidy.get(key) == sight:  # pods have come back, and there was no rollout
            return converged
        old = await outdated(self.api, app, converged.surplus)
        self._tidy[key] = sight
        return await children.converge(manifests, old) if old else converged

    def forget(self, key: Key) -> None:
        """The Microservice is gone: so is what we remember of it."""
        self._refusals.pop(key, None)
        self._uses.pop(key, None)
        self._tidy.pop(key, None)
        self._announcer.forget(key)
        self.exposures.gone(key)
        self.alarms.forget(key)
        self.looks.forget(key)
        self.proxies.forget(key)
        self.arrivals.forget(key)
        self.sentries.forget(key)

    def users(self, namespace: str, name: str) -> list[Key]:
        """Whom a shared ConfigMap concerns; of a spec that is not understood nobody knows."""
        return [
            key
            for key, uses in self._uses.items()
            if key.namespace == namespace and (uses is None or name in uses)
        ]

    def _understand(self, key: Key, known: Known) -> App | UserError:
        try:
            app = understand(known.body, self.settings, self._facts(key, known))
        except (Invalid, Forbidden) as error:
            self._uses[key] = None
            return error
        self._uses[key] = app.config.shared
        return app

    def _facts(self, key: Key, known: Known) -> Facts:
        at, settings = key.namespace, self.settings.mesh
        meshed = self.definitions.brings(ISTIO) and settings.mode != "Off"
        deployment = self.store.at(DEPLOYMENT.name, at, key.name)
        return Facts(
            now=clock.now(),
            shared=self.shared.of(at),
            gone=self.shared.gone_from(at),
            mesh=self.definitions.brings(ISTIO),
            monitoring=self.definitions.brings(PROMETHEUS_OPERATOR),
            injected=bool(deployment and deployment.injected),
            arrived=self.arrivals.arrived(key, known.uid, settings) if meshed else None,
        )

    def _children(self, key: Key, known: Known, app: App, held: Held) -> Children:
        """The children of this object; of a predecessor of its name nothing is remembered."""
        uid, refusals = self._refusals.get(key, ("", None))
        first = refusals is None or uid != app.uid
        if refusals is None or first:
            refusals = Refusals(_now)
            self._refusals[key] = app.uid, refusals
        chronicle = self._chronicle(known, settled=first and _is_said(known, "Applied"))

        def stays() -> bool:
            now = self.microservices.get(key)
            return now is not None and now.uid == app.uid and not now.deleting

        return Children(self.api, self.store, app, refusals, chronicle, stays, held)

    def _chronicle(self, known: Known, *, settled: bool = False) -> Chronicle:
        metadata = known.body["metadata"]
        return Chronicle(
            self.recorder, metadata["namespace"], metadata["name"], known.uid, settled=settled
        )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _templates(manifests: Sequence[Manifest]) -> tuple[str, ...]:
    """What the pods of each track are made from; another one is a rollout."""
    workloads = (each["spec"] for each in manifests if each["kind"] == DEPLOYMENT.name)
    return tuple(digest(workload["template"]) for workload in workloads)


def _is_said(known: Known, kind: str) -> bool:
    """Whether the status says that this condition holds for the present spec."""
    said = condition(known.status, kind)
    return said.get("status") == "True" and said.get("observedGeneration") == known.generation
