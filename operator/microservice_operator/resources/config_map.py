"""The ConfigMaps: for the configuration if there is any, and for the dashboard if it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import dashboard_map, metadata
from microservice_operator.monitoring.dashboard import dashboard

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest

# By this Grafana finds its dashboards.
FOR_GRAFANA = {"grafana_dashboard": "1"}


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
    ] + _dashboard(app)


def _dashboard(app: App) -> list[Manifest]:
    if not app.observability.dashboard:
        return []
    name = dashboard_map(app)
    plain = metadata(app, name)
    return [
        {
            "metadata": plain | {"labels": plain["labels"] | FOR_GRAFANA},
            "data": {f"{app.name}.json": dashboard(app)},
        }
    ]
