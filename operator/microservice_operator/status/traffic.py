"""Who gets the requests to an app: the shares of its versions, and what stands against them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.routing.shares import splits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from microservice_operator.model import App
    from microservice_operator.status.rollout import Rollout


@dataclass(frozen=True, slots=True)
class Traffic:
    """The shares in words, the versions that wait for theirs, and those that cannot serve theirs.

    Each of the latter is a sentence; without shares nobody but the stable version is asked for.
    """

    shares: str = ""
    awaited: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()


def traffic(app: App, rollouts: Mapping[str, Rollout | None]) -> Traffic:
    """How the requests are shared, given the pods of the other versions."""
    if not app.mesh.host or not app.divided:
        return Traffic()
    asking = [version for version in app.versions if version.asks]
    serves = {track: bool(rollout and rollout.ready) for track, rollout in rollouts.items()}
    return Traffic(
        shares=", ".join(_shares(app)),
        awaited=tuple(
            _awaited(version, serves=serves.get(version.track, False))
            for version in asking
            if not version.arrived
        ),
        failing=tuple(
            f"Version {version.track} has requests and no ready pod: they fail until "
            f"Deployment/{version.title} has one, or somebody takes its `weight` and `match` away."
            for version in asking
            if version.arrived and not serves.get(version.track, False)
        ),
    )


def _shares(app: App) -> Iterator[str]:
    """Percentages, then those who get only what they match."""
    *matched, rest = splits(app)
    names = {track.mesh.host: track.version for track in app.tracks}
    weights = {names[share.host]: share.weight for share in rest.shares}
    yield from (f"{name} {weight}" for name, weight in weights.items())
    for name in dict.fromkeys(split.version for split in matched):
        if name not in weights:
            yield f"{name} by match"


def _awaited(version: App, *, serves: bool) -> str:
    if serves:
        return (
            f"Version {version.track} gets its requests in a moment, when the mesh knows "
            f"Service/{version.title}."
        )
    return (
        f"Version {version.track} gets no requests before a pod of Deployment/{version.title} "
        "is ready."
    )
