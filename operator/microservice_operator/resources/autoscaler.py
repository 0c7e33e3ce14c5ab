"""The HorizontalPodAutoscaler, present only when the spec asks for scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.kinds import DEPLOYMENT
from microservice_operator.model.labels import metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """Keep the pods of the Deployment between two bounds."""
    scaling = app.scaling
    if scaling is None:
        return []
    spec: dict[str, Any] = {
        "scaleTargetRef": {
            "apiVersion": DEPLOYMENT.api_version,
            "kind": DEPLOYMENT.name,
            "name": app.title,
        },
        "minReplicas": scaling.min,
        "maxReplicas": scaling.max,
        "metrics": list(scaling.metrics),
    }
    if scaling.behavior:
        spec["behavior"] = scaling.behavior
    return [{"metadata": metadata(app), "spec": spec}]
