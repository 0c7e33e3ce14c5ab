"""Who may come in from outside: hosts at a gateway, and what becomes of requests to them."""

from __future__ import annotations

from typing import Annotated

from microservice_operator.api.auth import Auth
from microservice_operator.api.bounds import Items, text
from microservice_operator.api.routes import LABEL, Route
from microservice_operator.api.scalars import ShortName
from microservice_operator.api.schema import Block

Host = Annotated[
    str,
    text(
        "a DNS name of two labels or more: letters, digits, '-' and '.', no IP address; '*' may "
        "stand for the whole first label; other alphabets as 'xn--...'; at most 253 characters",
        longest=253,
        pattern=rf"^([*]\.)?({LABEL}\.)+[A-Za-z]([-A-Za-z0-9]{{0,61}}[A-Za-z0-9])?\.?$",
    ),
]


class Exposure(Block):
    """Some hosts at one gateway."""

    name: ShortName
    """Its name, unique in the list. Example: `shop`."""
    gateway: ShortName
    """A gateway as the platform's settings call it. Example: `public`."""
    hosts: Annotated[tuple[Host, ...], Items(16, least=1)]
    """Hosts, which all Microservices of a namespace share and no two namespaces; capitals and a dot
    at the end do not count. Whoever asks for a host that is named is answered by the routes of that
    host alone, never by those of a '*' that covers it.
    Example: `[www.shop.example, "*.shop.example"]`."""
    https_redirect: bool | None = None
    """Whether whoever asks by http is sent to https; absent means false. A gateway behind a load
    balancer that ends TLS must trust what that says (`numTrustedProxies` of Istio), or it would
    send callers in circles. Example: `true`."""
    auth: Auth | None = None
    """Whose token is needed to come in this way; absent means nobody's. Callers inside the cluster
    need none. Example: `{issuer: https://idp.example, jwksUri: https://idp.example/keys}`."""
    routes: Annotated[tuple[Route, ...], Items(32, key="name")] = ()
    """What becomes of which requests; absent means that the service gets all.
    Example: `[{name: api, match: {path: {prefix: /orders}}}]`."""
