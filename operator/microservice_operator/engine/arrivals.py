"""Make before break: when new routes may lead to a track, and when its children may go.

A proxy learns of a destination a moment after the API server, and forgets a route as late. Both
are given the time to `settle`, counted from when we first saw it so: after a restart it is counted
anew, except that what a live route leads to has arrived.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microservice_operator.api.scalars import milliseconds
from microservice_operator.api.versions import STABLE
from microservice_operator.model.app import titled
from microservice_operator.model.kinds import DEPLOYMENT, DESTINATION_RULE, SERVICE
from microservice_operator.model.mesh import hosted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from microservice_operator.api.mesh import MeshSettings
    from microservice_operator.cluster.decode import Child
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.queue import Key
    from microservice_operator.model import App

# How often to look whether a route of somebody else still leads to what is to go.
LOOK_EVERY = 1.0


@dataclass(slots=True)
class _Memory:
    """Of one Microservice: since when tracks are complete, and since when no route leads there."""

    uid: str
    complete: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)
    deserted: dict[str, float] = field(default_factory=dict)


class Arrivals:
    """Who has arrived, and who may leave, of all Microservices."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._memories: dict[Key, _Memory] = {}

    def arrived(self, key: Key, uid: str, settings: MeshSettings) -> frozenset[str]:
        """The titles of the tracks that new routes may lead to."""
        now = self._now()
        settled = {
            title
            for title, (_, since) in self._complete(key, uid).items()
            if now >= since + _seconds(settings)
        }
        titles = {child.name for child in self._store.of(uid) if child.kind is SERVICE}
        live = {each for each in titles if self._is_routed(key, each, settings)}
        return frozenset(settled | live)

    def due(self, key: Key, app: App, settings: MeshSettings) -> float | None:
        """When the next track has arrived that waits for nothing but time, or may leave."""
        complete = self._complete(key, app.uid)  # this pass may have created what was missing
        waiting = [track.title for track in app.tracks if not track.arrived]
        times = [complete[title][1] + _seconds(settings) for title in waiting if title in complete]
        return min([*times, *self.held(key, app, settings).values()], default=None)

    def held(self, key: Key, app: App, settings: MeshSettings) -> Mapping[str, float]:
        """Tracks that are not wanted and must not go yet, each with the time to look again.

        Routes lead to them, or did a moment ago; where there is no mesh only those are held to whom
        what is left of it leads.
        """
        memory, now = self._memory(key, app.uid), self._now()
        wanted = {track.track for track in app.tracks}
        leaving = {child.track for child in self._store.of(app.uid)} - wanted
        if not app.mesh.host:
            leaving = {each for each in leaving if self._leads_to(key, app, each, settings)}
        times: dict[str, float] = {}
        for track in leaving:
            if self._leads_to(key, app, track, settings):
                memory.deserted.pop(track, None)
                times[track] = now + max(LOOK_EVERY, _seconds(settings))
            else:
                times[track] = memory.deserted.setdefault(track, now) + _seconds(settings)
        memory.deserted = {each: memory.deserted[each] for each in leaving & memory.deserted.keys()}
        return {track: until for track, until in times.items() if until > now}

    def forget(self, key: Key) -> None:
        """The Microservice is gone."""
        self._memories.pop(key, None)

    def _leads_to(self, key: Key, app: App, track: str, settings: MeshSettings) -> bool:
        return self._is_routed(key, titled(app.name, track), settings)

    def _complete(self, key: Key, uid: str) -> Mapping[str, tuple[frozenset[str], float]]:
        """The tracks that are complete, each with its parts and the time since when it is."""
        memory, now = self._memory(key, uid), self._now()
        memory.complete = {
            title: known
            if (known := memory.complete.get(title)) and known[0] == parts
            # whoever looks for the first time begins to count
            else (parts, now)
            for title, parts in self._tracks(uid).items()
            if parts
        }
        return memory.complete

    def _is_routed(self, key: Key, title: str, settings: MeshSettings) -> bool:
        return self._store.routes_to(key.namespace, hosted(title, key.namespace, settings))

    def _memory(self, key: Key, uid: str) -> _Memory:
        """What is remembered of this object; of a predecessor of its name nothing is."""
        memory = self._memories.get(key)
        if memory is None or memory.uid != uid:
            memory = self._memories[key] = _Memory(uid)
        return memory

    def _tracks(self, uid: str) -> dict[str, frozenset[str]]:
        """What each track has that is needed to be reached; nothing where something is missing."""
        children = {(child.kind, child.name): child for child in self._store.of(uid)}
        return {
            name: _parts(
                child, children.get((DEPLOYMENT, name)), children.get((DESTINATION_RULE, name))
            )
            for (kind, name), child in children.items()
            if kind is SERVICE
        }


def _parts(service: Child, workload: Child | None, rule: Child | None) -> frozenset[str]:
    """The stable track may want no pods: whoever scales it to zero knows what follows."""
    rollout = workload.rollout if workload else None
    serves = rollout and (rollout.ready or (service.track == STABLE and not rollout.wanted))
    if service.deleting or not serves:
        return frozenset()
    return frozenset(child.uid for child in (service, rule) if child)


def _seconds(settings: MeshSettings) -> float:
    return milliseconds(settings.settle) / 1000
