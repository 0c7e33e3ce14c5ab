"""Whether pods have the proxies that keep what the spec asks: seen in each rollout.

Without proxies everything is served to everybody, and nothing says so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.cluster.api import ApiError, Unreachable, decoded
from microservice_operator.model.kinds import POD
from microservice_operator.model.labels import all_tracks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.decode import Child
    from microservice_operator.engine.queue import Key
    from microservice_operator.model import App

PROXY = "istio-proxy"
# Who gives the pods their proxies starts new ones, which is a rollout; but pods end by themselves.
AGAIN_AFTER = 60.0
ENOUGH_PODS = "50"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether all pods have a proxy, as far as anybody knows, and when to look again."""

    proxied: bool | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    states: Mapping[str, bytes]
    """Of each Deployment with ready pods, by name; nothing of one whose pods are being replaced."""
    proxied: bool
    due: float | None


class Proxies:
    """What has been seen of the pods of each app."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._seen: dict[Key, _Seen] = {}

    async def look(self, key: Key, app: App, deployments: Sequence[Child]) -> Sight:
        """Look at the pods of all tracks if they matter and some are new.

        Until then the last sight holds.
        """
        if not app.guarded:
            self.forget(key)
            return Sight()
        seen = self._seen.get(key)
        now = asyncio.get_running_loop().time()
        if not any(_is_worth_a_look(each, seen, now) for each in deployments):
            return Sight(seen.proxied, seen.due) if seen else Sight()
        return await self._look(key, deployments, seen, now)

    def forget(self, key: Key) -> None:
        """Nothing depends on its proxies any more."""
        self._seen.pop(key, None)

    async def _look(
        self, key: Key, deployments: Sequence[Child], seen: _Seen | None, now: float
    ) -> Sight:
        """List the pods; if they cannot be listed, nothing new is known."""
        labels = ",".join(f"{name}={value}" for name, value in all_tracks(key.name).items())
        try:
            data = await self._api.request(
                "GET",
                POD.collection(key.namespace),
                query={"labelSelector": labels, "limit": ENOUGH_PODS},
            )
        except (ApiError, Unreachable):
            return Sight(seen.proxied if seen else None, now + AGAIN_AFTER)
        pods = [pod for pod in decoded(data)["items"] or () if _stays(pod)]
        if not pods:
            return Sight(seen.proxied if seen else None, now + AGAIN_AFTER)
        proxied = all(PROXY in _containers(pod) for pod in pods)
        states = {
            each.name: each.digest if each.rollout.complete else b""
            for each in deployments
            if each.rollout and each.rollout.ready
        }
        found = _Seen(states, proxied, None if proxied else now + AGAIN_AFTER)
        self._seen[key] = found
        return Sight(proxied, found.due)


def _is_worth_a_look(deployment: Child, seen: _Seen | None, now: float) -> bool:
    """When a rollout has made its first pods, and when it is over; but somebody must have looked.

    The first look comes before those pods are ready: without proxies they would answer everybody.
    """
    rollout = deployment.rollout
    if rollout is None or not rollout.ready:
        return False
    if seen is None or deployment.name not in seen.states:
        return True
    state = seen.states[deployment.name]
    if (rollout.complete and deployment.digest != state) or (rollout.underway and state):
        return True
    return seen.due is not None and now >= seen.due


def _stays(pod: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" not in pod["metadata"]


def _containers(pod: Mapping[str, Any]) -> set[str]:
    spec = pod["spec"]
    return {one["name"] for one in (*spec["containers"], *spec.get("initContainers", ()))}
