"""The Deployment: how many pods there are and how they are replaced; `pods/` says what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import metadata, notes, selector
from microservice_operator.pods import template

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest

HISTORY = 3
# A new pod is ready before an old one leaves: no release costs a request.
NEW_FIRST = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"},
}
OLD_FIRST = {"type": "Recreate"}


def build(app: App) -> list[Manifest]:
    """Pods are replaced without a gap, unless only one pod at a time may write to a volume."""
    return [
        {
            "metadata": _metadata(app),
            "spec": {
                **_replicas(app),
                "revisionHistoryLimit": HISTORY,
                "selector": {"matchLabels": selector(app.name, app.track)},
                "strategy": OLD_FIRST if app.one_writer else NEW_FIRST,
                "template": template(app),
            },
        }
    ]


def _replicas(app: App) -> dict[str, int]:
    """An autoscaler writes the number of pods itself: two writers of one field would fight."""
    return {} if app.scaling else {"replicas": app.replicas}


def _metadata(app: App) -> dict[str, Any]:
    """The catalogue stands beside the workload, where no pod is made from it."""
    annotations = notes(app)
    return metadata(app) | ({"annotations": annotations} if annotations else {})
