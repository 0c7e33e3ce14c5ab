"""The ServiceMonitor, present where a Prometheus operator can read the application's metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, findable

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """One for the Services of all versions; each series tells its version."""
    if not app.observability.scrape:
        return []
    return [
        {
            "metadata": findable(app),
            "spec": {
                "selector": {"matchLabels": all_tracks(app.name)},
                "jobLabel": "app.kubernetes.io/name",
                "podTargetLabels": ["version"],
                "endpoints": [app.observability.scrape],
            },
        }
    ]
