"""Who gets which requests to an app: its versions by what they match, the rest by weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.api.relations import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.model.app import App, Manifest


@dataclass(frozen=True, slots=True)
class Share:
    """How many percent of some requests go to the Service of a track."""

    host: str
    weight: int


@dataclass(frozen=True, slots=True)
class Split:
    """Some requests, and who gets them; an empty `match` means all that came so far."""

    match: Manifest
    shares: tuple[Share, ...]
    version: str = ""
    """The one version that gets what is matched."""


def splits(app: App) -> tuple[Split, ...]:
    """Matched requests first, those with more conditions before the others; then the rest.

    A version that has not arrived is left out; the stable track gets its share.
    """
    return (*_matched(app), Split({}, tuple(_shares(app))))


def _matched(app: App) -> list[Split]:
    found = [
        (-selection.conditions, version.version, selection.match, version.mesh.host)
        for version in app.versions
        if version.arrived
        for selection in version.selections
    ]
    found.sort(key=lambda each: each[:2])
    return [Split(match, (Share(host, EVERYBODY),), name) for _, name, match, host in found]


def _shares(app: App) -> Iterator[Share]:
    """Together they are everybody; who gets nobody is left out."""
    asked = [Share(each.mesh.host, each.weight) for each in app.versions if each.arrived]
    rest = EVERYBODY - sum(share.weight for share in asked)
    for share in (Share(app.mesh.host, rest), *asked):
        if share.weight:
            yield share
