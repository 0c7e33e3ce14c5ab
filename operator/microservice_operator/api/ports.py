"""The ports of a microservice."""

from __future__ import annotations

from typing import Literal

from microservice_operator.api.scalars import PortName, PortNumber
from microservice_operator.api.schema import Block

Protocol = Literal["HTTP", "HTTP2", "GRPC", "TCP", "TLS"]


class Port(Block):
    """A port that other services may call."""

    name: PortName
    """Name of the port, unique in the list. Example: `http`."""
    port: PortNumber
    """Number that callers use, unique in the list. Example: `80`."""
    target_port: PortNumber | None = None
    """Number that the container listens on; absent means the same as `port`. Example: `8080`."""
    protocol: Protocol | None = None
    """What is spoken on the port; absent means HTTP. Example: `GRPC`."""
