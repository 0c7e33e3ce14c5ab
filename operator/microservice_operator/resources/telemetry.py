"""The Telemetry, present in a mesh when somebody says what is traced or logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """One for all pods of the app: the mesh takes no second one."""
    if not app.observability.telemetry:
        return []
    selector = {"matchLabels": all_tracks(app.name)}
    return [
        {"metadata": metadata(app), "spec": {"selector": selector, **app.observability.telemetry}}
    ]
