"""Who may call a microservice, and whom it calls."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv6Address
from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.paths import CallPath
from microservice_operator.api.scalars import (
    LABEL,
    ObjectName,
    PortNumber,
    PortReference,
    ShortName,
)
from microservice_operator.api.schema import Block, Choice, Rule

ServiceName = Annotated[
    str,
    text(
        "the name of a service: lower-case letters, digits and '-', a letter first, no '-' last, "
        "at most 63 characters",
        longest=63,
        pattern="^[a-z]([-a-z0-9]*[a-z0-9])?$",
    ),
]
NamespaceName = Annotated[
    str,
    text(
        "the name of a namespace: lower-case letters, digits and '-' with a letter or digit at "
        "both ends, at most 63 characters",
        longest=63,
        pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ),
]
Host = Annotated[
    str,
    text(
        "a DNS name of two labels or more, of lower-case letters, digits, '-' and '.', or an IP "
        "address, at most 253 characters",
        longest=253,
        pattern=rf"^({LABEL}(\.{LABEL})+|[0-9a-f]*:[0-9a-f:]*)$",
    ),
]


Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]


def _is_address(host: str) -> bool:
    """Whether it is an IPv6 address that is no IPv4 address in disguise."""
    with suppress(ValueError):
        return IPv6Address(host).ipv4_mapped is None
    return False


class Caller(Block):
    """Somebody who may call: a service, an identity, a gateway, or a whole namespace."""

    service: ServiceName | None = None
    """Name of a Microservice, or of other pods that carry it as the label
    `app.kubernetes.io/name`. To a mesh that is who runs as the ServiceAccount of this name: a
    service with another account is let in by `serviceAccount`. Example: `web`."""
    service_account: ObjectName | None = None
    """A ServiceAccount. A network policy cannot tell it from its namespace, so the whole namespace
    may call until a mesh checks identities. Example: `reporting`."""
    gateway: ShortName | None = None
    """A gateway of the platform's settings. Those of `exposure` are let in unless they are named:
    then what is said here holds for them as well. Example: `public`."""
    namespace: NamespaceName | None = None
    """Namespace of the service or account, or alone: everybody there; absent means the own one.
    Example: `shop`."""
    ports: Annotated[tuple[PortReference, ...], Items(20, least=1)] | None = None
    """Which of the spec's `ports` may be called, by name or number; absent means all.
    Example: `[http, 9090]`."""
    methods: Annotated[tuple[Method, ...], Items(9, least=1)] | None = None
    """What may be asked for; absent means anything. Needs a mesh. Example: `[GET, HEAD]`."""
    paths: Annotated[tuple[CallPath, ...], Items(16, least=1)] | None = None
    """Paths that may be asked for, as the service sees them, or all below one with `/*` at its end;
    absent means any. Needs a mesh. Example: `[/orders, /orders/*]`."""

    choices: ClassVar = (
        Choice(("service",), ("service_account",), ("gateway",)),
        Choice(("gateway",), ("namespace",)),
    )
    rules: ClassVar = (
        Rule(
            field_path=".namespace",
            message="must be given unless `service` or `gateway` is",
            cel="has(self.namespace) || has(self.service) || has(self.gateway)",
            check=lambda caller: any(
                said is not None for said in (caller.namespace, caller.service, caller.gateway)
            ),
        ),
    )


class HostPort(Block):
    """A port of a host outside."""

    port: PortNumber
    """Number of the port. Example: `443`."""
    protocol: Literal["HTTP", "HTTP2", "GRPC", "TCP", "TLS"] | None = None
    """What is spoken there; absent means TLS at 443, HTTP at 80, else TCP. Example: `TLS`."""


class Call(Block):
    """A service that is called, or a host outside the cluster."""

    service: ServiceName | None = None
    """Name of a Microservice, or of other pods that carry it as the label
    `app.kubernetes.io/name`. Example: `payments`."""
    namespace: NamespaceName | None = None
    """Namespace of the service; absent means the own one. Example: `billing`."""
    port: PortNumber | None = None
    """Number of the Microservice's port, the lowest of those that lead to one container port;
    absent means all ports. Example: `80`."""
    host: Host | None = None
    """A host outside. A network policy knows no names, so any address may be called on these
    ports until a mesh checks the name. Example: `api.example.com`."""
    ports: Annotated[tuple[HostPort, ...], Items(10, least=1)] | None = None
    """Ports of the host. Example: `[{port: 443}]`."""

    choices: ClassVar = (Choice(("service", "namespace", "port"), ("host", "ports")),)
    rules: ClassVar = (
        Rule(
            field_path=".service",
            message="must be given, or `host` and `ports`",
            cel="has(self.service) || (has(self.host) && has(self.ports))",
            check=lambda call: (
                call.service is not None or (call.host is not None and call.ports is not None)
            ),
        ),
        Rule(
            field_path=".host",
            message="must be an IPv6 address when it has a ':'",
            cel="!has(self.host) || !self.host.contains(':') || isIP(self.host)",
            check=lambda call: call.host is None or ":" not in call.host or _is_address(call.host),
        ),
    )
