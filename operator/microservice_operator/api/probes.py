"""Questions that the kubelet asks a container about its health."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Items, text, whole
from microservice_operator.api.scalars import Argument, PortNumber, PortReference
from microservice_operator.api.schema import Block, Choice

HttpPath = Annotated[
    str,
    text(
        "a path that begins with '/', without spaces, at most 1024 characters",
        longest=1024,
        pattern="^/[!-~]*$",
    ),
]
HeaderName = Annotated[
    str,
    text(
        "the name of a header: letters, digits and '-', at most 128 characters",
        longest=128,
        pattern="^[-A-Za-z0-9]+$",
    ),
]
HeaderValue = Annotated[
    str,
    text(
        "the value of a header: printable ASCII, at most 1024 characters",
        longest=1024,
        shortest=0,
        pattern="^[ -~]*$",
    ),
]
GrpcService = Annotated[
    str,
    text(
        "the name of a gRPC service: letters, digits, '_', '.', '/' and '-', "
        "at most 253 characters",
        longest=253,
        shortest=0,
        pattern="^[-A-Za-z0-9_./]*$",
    ),
]
Seconds = Annotated[int, whole(1, 3600)]
Delay = Annotated[int, whole(0, 3600)]
Threshold = Annotated[int, whole(1, 1000)]


class HttpHeader(Block):
    """A header that the kubelet sends along."""

    name: HeaderName
    """Name of the header. Example: `Host`."""
    value: HeaderValue
    """Value of the header. Example: `orders.example`."""


class HttpGet(Block):
    """A GET request; any answer from 200 to 399 is healthy."""

    path: HttpPath | None = None
    """Path to ask for; absent means `/`. Example: `/healthz`."""
    port: PortReference
    """Number of the container's port or name of one of `ports`. Example: `http`."""
    scheme: Literal["HTTP", "HTTPS"] | None = None
    """Whether to use TLS, without checking the certificate; absent means HTTP. Example: `HTTPS`."""
    http_headers: Annotated[tuple[HttpHeader, ...], Items(20)] = ()
    """Headers to send along. Example: `[{name: Host, value: orders.example}]`."""


class TcpSocket(Block):
    """A connection; being accepted is healthy."""

    port: PortReference
    """Number of the container's port or name of one of `ports`. Example: `http`."""


class Grpc(Block):
    """A call of the standard gRPC health service."""

    port: PortNumber
    """Number of the container's port. Example: `9090`."""
    service: GrpcService | None = None
    """Which service to ask about; absent means the server as a whole. Example: `orders.v1`."""


class Exec(Block):
    """A command in the container; exit code 0 is healthy."""

    command: Annotated[tuple[Argument, ...], Items(64, least=1)]
    """The program and its arguments, without a shell. Example: `[cat, /tmp/ready]`."""


class Probe(Block):
    """A question, and how often to ask it."""

    http_get: HttpGet | None = None
    """Ask by HTTP. Example: `{path: /healthz, port: http}`."""
    tcp_socket: TcpSocket | None = None
    """Ask by opening a connection. Example: `{port: 5432}`."""
    grpc: Grpc | None = None
    """Ask by the gRPC health protocol. Example: `{port: 9090}`."""
    exec: Exec | None = None
    """Ask by running a command. Example: `{command: [cat, /tmp/ready]}`."""
    initial_delay_seconds: Delay | None = None
    """How long to wait before the first question; absent means 0. Example: `5`."""
    period_seconds: Seconds | None = None
    """How long from one question to the next; absent means 10. Example: `5`."""
    timeout_seconds: Seconds | None = None
    """How long to wait for an answer; absent means 1. Example: `2`."""
    success_threshold: Threshold | None = None
    """How many good answers in a row count as healthy; absent means 1. Example: `1`."""
    failure_threshold: Threshold | None = None
    """How many bad answers in a row count as unhealthy; absent means 3. Example: `3`."""

    choices: ClassVar = (
        Choice(("http_get",), ("tcp_socket",), ("grpc",), ("exec",), required=True),
    )

    @property
    def named_port(self) -> str | None:
        """The port that the probe asks by name."""
        handler = self.http_get or self.tcp_socket
        return handler.port if handler and isinstance(handler.port, str) else None
