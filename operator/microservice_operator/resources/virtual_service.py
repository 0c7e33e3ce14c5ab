"""The VirtualService of the host inside the mesh: how long callers wait, what they try again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest
    from microservice_operator.model.app import Port


def build(app: App) -> list[Manifest]:
    """One route for each port that carries requests; without a wish the mesh needs none."""
    if not app.mesh.route:
        return []
    routes = [_route(app, port) for port in app.ports if port.speaks_http]
    return [{"metadata": metadata(app), "spec": {"hosts": [app.mesh.host], "http": routes}}]


def _route(app: App, port: Port) -> Manifest:
    destination = {"host": app.mesh.host, "port": {"number": port.port}}
    return {
        "name": port.name,
        "match": [{"port": port.port}],
        "route": [{"destination": destination}],
        **app.mesh.route,
    }
