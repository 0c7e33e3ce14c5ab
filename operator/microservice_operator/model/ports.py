"""How the ports of the Service find the ports of the containers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model.app import Port


def container_port_name(port: int) -> str:
    """The name of the container port behind this port of the Service."""
    return f"port-{port}"


def container_port_names(ports: Iterable[Port]) -> dict[int, str]:
    """Container port number -> its name, made from the lowest Service port that leads there.

    The Service targets the name, so a changed number takes effect pod by pod in a rollout; and
    the name does not hold the user's name of the port, so renaming one moves no traffic.
    """
    names: dict[int, str] = {}
    for port in sorted(ports, key=lambda port: port.port):
        names.setdefault(port.target, container_port_name(port.port))
    return names
