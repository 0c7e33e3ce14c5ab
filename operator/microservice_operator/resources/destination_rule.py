"""The DestinationRule: how callers in the mesh connect to the pods and choose among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """One for the whole host: policies for a port or a subset would replace it block by block."""
    if not app.mesh.destination:
        return []
    spec = {"host": app.mesh.host, "trafficPolicy": app.mesh.destination}
    return [{"metadata": metadata(app), "spec": spec}]
