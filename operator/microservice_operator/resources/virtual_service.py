"""The VirtualService of the host inside the mesh: who answers, and how callers wait and retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import metadata
from microservice_operator.routing.shares import splits
from microservice_operator.routing.values import short

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest
    from microservice_operator.model.app import Port
    from microservice_operator.routing.shares import Share, Split


def build(app: App) -> list[Manifest]:
    """Routes for each port that carries requests; without a wish the mesh needs none."""
    if not app.mesh.host or not (app.mesh.route or app.divided):
        return []
    ports = [port for port in app.ports if port.speaks_http]
    routes = [_route(app, port, split) for port in ports for split in splits(app)]
    return [{"metadata": metadata(app), "spec": {"hosts": [app.mesh.host], "http": routes}}]


def _route(app: App, port: Port, split: Split) -> Manifest:
    return {
        "name": f"{port.name}.{split.version}" if split.version else port.name,
        "match": [{"port": port.port, **match} for match in short(split.match)],
        "route": _destinations(split.shares, port),
        **app.mesh.route,
    }


def _destinations(shares: tuple[Share, ...], port: Port) -> list[Manifest]:
    """A weight has a meaning only beside another one."""
    return [
        {"destination": {"host": share.host, "port": {"number": port.port}}}
        | ({"weight": share.weight} if len(shares) > 1 else {})
        for share in shares
    ]
