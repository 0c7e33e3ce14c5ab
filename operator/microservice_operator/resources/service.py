"""The Service, present unless the app is a worker without ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import metadata, selector
from microservice_operator.model.ports import container_port_names

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest, Port


def build(app: App) -> list[Manifest]:
    """One stable address for all ready pods."""
    if not app.ports:
        return []
    names = container_port_names(app.ports)
    return [
        {
            "metadata": metadata(app),
            "spec": {
                "type": "ClusterIP",
                "selector": selector(app.name, app.track),
                "ports": [_port(port, names[port.target]) for port in app.ports],
            },
        }
    ]


def _port(port: Port, target: str) -> dict[str, Any]:
    return {
        "name": port.name,
        "port": port.port,
        "targetPort": target,
        "protocol": "TCP",
        "appProtocol": port.protocol.lower(),
    }
