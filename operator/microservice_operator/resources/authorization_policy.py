"""The AuthorizationPolicy, present when the spec says who may call or asks for tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """The only one of all pods of the app: of several, one would open what another closes.

    Without a rule it lets nobody in.
    """
    if app.guard.rules is None:
        return []
    spec = {
        "selector": {"matchLabels": all_tracks(app.name)},
        "action": "ALLOW",
        "rules": [*app.guard.rules],
    }
    return [{"metadata": metadata(app), "spec": spec}]
