"""The RequestAuthentication, present when callers from outside need a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """Whose tokens are looked at; whether one is needed is said by the AuthorizationPolicy."""
    if not app.guard.tokens:
        return []
    spec = {
        "selector": {"matchLabels": all_tracks(app.name)},
        "jwtRules": [*app.guard.tokens],
    }
    return [{"metadata": metadata(app), "spec": spec}]
