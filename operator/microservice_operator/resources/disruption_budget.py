"""The PodDisruptionBudget, present when the app can have more than one pod or asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata, selector

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """Limit how many pods a drain may take at once; a pod that is not well is no reason to wait."""
    if app.disruption is None:
        return []
    return [
        {
            "metadata": metadata(app),
            "spec": {
                **app.disruption,
                "selector": {"matchLabels": selector(app.name, app.track)},
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
            },
        }
    ]
