"""The ServiceEntry of each host outside that is called: without it the mesh would not know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """One for each host; no other namespace gets to know it."""
    return [
        {"metadata": metadata(app, f"{app.name}-{tag}"), "spec": spec}
        for tag, spec in app.guard.outside.items()
    ]
