"""The ConfigMaps, present when the configuration has variables or files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """A map that is named after its content never changes; a change rolls out by the name."""
    fixed = {"immutable": True}
    wanted = (
        (app.config.data_map, app.config.data, fixed),
        (app.config.files_map, app.config.files, {} if app.config.reloads else fixed),
    )
    return [
        {"metadata": metadata(app, name), "data": dict(content), **more}
        for name, content, more in wanted
        if content
    ]
