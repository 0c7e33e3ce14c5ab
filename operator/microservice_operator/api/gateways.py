"""The gateways of the platform, and who may have which hosts at them."""

from __future__ import annotations

from typing import Annotated, Literal

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.routes import LABEL
from microservice_operator.api.schema import Block

_MOST = 1000
Reference = Annotated[
    str,
    text(
        "'namespace/name' of an object",
        longest=317,
        pattern="^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$",
    ),
]
GrantedHost = Annotated[
    str,
    text(
        "a DNS name, with '*.' before it for all below it",
        longest=253,
        pattern=rf"^([*]\.)?({LABEL}\.)*{LABEL}\.?$",
    ),
]
NamespacePattern = Annotated[
    str,
    text(
        "the name of a namespace, with '*' for anything", longest=63, pattern="^[-a-z0-9*]{1,63}$"
    ),
]


class Grant(Block):
    """Hosts, and who may have them."""

    host: GrantedHost
    """A host, or '*.' and a domain for all hosts below it. Example: `"*.shop.example"`."""
    namespaces: Annotated[tuple[NamespacePattern, ...], Items(_MOST)] | None = None
    """Namespaces; absent means any, whoever comes first. Example: `[shop, web-*]`."""


class GatewaySettings(Block):
    """One gateway."""

    gateway: Reference
    """The Gateway of Istio, as namespace/name. Example: `edge/public`."""
    service_account: Reference
    """Who its pods are, as namespace/name: by that requests from outside are told from others, so
    with a wrong name none of them would be asked for a token. Example: `edge/public-gateway`."""
    scheme: Literal["http", "https"] = "https"
    """How its hosts are called from outside. Example: `http`."""
    hosts: Annotated[tuple[Grant, ...], Items(_MOST)] | None = None
    """Hosts that may be had there, and by whom; absent means any host and any namespace, whoever
    comes first. Example: `[{host: "*.shop.example", namespaces: [shop]}]`."""
