"""Where a VirtualService sends requests, from its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Host(msgspec.Struct):
    host: str = ""


class _Target(msgspec.Struct):
    destination: _Host = msgspec.field(default_factory=_Host)


class _Route(msgspec.Struct):
    route: list[_Target] = []
    mirror: _Host | None = None
    mirrors: list[_Target] = []

    def hosts(self) -> Iterator[str]:
        """Everybody who gets a request, or a copy of one."""
        yield from (target.destination.host for target in (*self.route, *self.mirrors))
        if self.mirror:
            yield self.mirror.host


class _Routes(msgspec.Struct):
    http: list[_Route] = []
    tls: list[_Route] = []
    tcp: list[_Route] = []


class _VirtualService(msgspec.Struct):
    spec: _Routes = msgspec.field(default_factory=_Routes)


_virtual_service = msgspec.json.Decoder(_VirtualService)


def destinations(raw: bytes) -> frozenset[str]:
    """The hosts that any of its routes sends to."""
    spec = _virtual_service.decode(raw).spec
    routes = (*spec.http, *spec.tls, *spec.tcp)
    return frozenset(host for route in routes for host in route.hosts())
