"""Looks at pods: rare, and only while an app is short of them.

Pods are not watched, because their churn would dwarf everything else.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.api.versions import STABLE
from microservice_operator.cluster.api import ApiError, Unreachable, decoded
from microservice_operator.model.kinds import EVENT, POD
from microservice_operator.model.labels import selector
from microservice_operator.status.diagnosis import diagnose
from microservice_operator.status.mounting import held_up, mounting
from microservice_operator.status.probing import probing, unready
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.engine.queue import Key
    from microservice_operator.status import Rollout, Trouble

# A pod that starts as it should is ready before anybody looks.
FIRST_AFTER, LONGEST_PAUSE = 10.0, 60.0
ENOUGH_PODS = "50"
ENOUGH_EVENTS = "100"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has shown, if there was one, and when the next one is due."""

    done: bool = False
    trouble: Trouble | None = None
    next_at: float | None = None


@dataclass(slots=True)
class _Schedule:
    generation: int
    track: str
    due: float
    pause: float


class Looks:
    """When each app's pods are looked at, and the looking."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._schedules: dict[Key, _Schedule] = {}

    async def look(
        self, key: Key, generation: int, rollout: Rollout | None, track: str = STABLE
    ) -> Look:
        """Look at the pods of the track that is behind, if it is time to."""
        if rollout is None or rollout.complete or rollout.refused:
            self.forget(key)
            return Look()
        now = asyncio.get_running_loop().time()
        schedule = self._schedules.get(key)
        if schedule is None or (schedule.generation, schedule.track) != (generation, track):
            schedule = _Schedule(generation, track, now + FIRST_AFTER, FIRST_AFTER)
            self._schedules[key] = schedule
        if now < schedule.due:
            return Look(next_at=schedule.due)
        schedule.pause = min(schedule.pause * 2, LONGEST_PAUSE)
        schedule.due = now + schedule.pause
        return await self._look(key, track, schedule.due)

    def forget(self, key: Key) -> None:
        """There is nothing to look for any more."""
        self._schedules.pop(key, None)

    async def _look(self, key: Key, track: str, next_at: float) -> Look:
        """List the pods; one that cannot be listed is no reason to say anything else."""
        labels = ",".join(f"{name}={value}" for name, value in selector(key.name, track).items())
        try:
            data = await self._api.request(
                "GET",
                POD.collection(key.namespace),
                query={"labelSelector": labels, "limit": ENOUGH_PODS},
            )
        except (ApiError, Unreachable):
            return Look(next_at=next_at)
        trouble = await self._trouble(decoded(data)["items"] or ())
        return Look(done=True, trouble=trouble, next_at=next_at)

    async def _trouble(self, pods: Sequence[Mapping[str, Any]]) -> Trouble | None:
        """What the pods say themselves; what only a node knows is told in the Events of one."""
        trouble = diagnose(pods)
        if trouble is None and (pod := held_up(pods)):
            return mounting(pod, await self._events(pod))
        if trouble and trouble.reason == Reason.PROBE_FAILING and (pod := unready(pods)):
            return probing(trouble, await self._events(pod))
        return trouble

    async def _events(self, pod: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The Events of a pod; none if they cannot be read."""
        metadata = pod["metadata"]
        try:
            data = await self._api.request(
                "GET",
                EVENT.collection(metadata["namespace"]),
                query={"fieldSelector": f"regarding.uid={metadata['uid']}", "limit": ENOUGH_EVENTS},
            )
        except (ApiError, Unreachable):
            return ()
        return decoded(data)["items"] or ()
