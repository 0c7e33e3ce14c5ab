"""Whom the pods may call, as a mesh knows them: by name, and hosts outside as well."""

from __future__ import annotations

from base64 import b32encode
from contextlib import suppress
from hashlib import blake2b
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from microservice_operator.api.mesh import MeshSettings
    from microservice_operator.api.traffic import Call, HostPort
    from microservice_operator.model.app import App, Manifest

NOBODY = "~/*"
USUAL = {80: "HTTP", 443: "TLS"}


def reach(calls: Iterable[Call] | None, app: App, mesh: MeshSettings) -> tuple[str, ...] | None:
    """The hosts that the proxies of the app know, each after its namespace; None means all.

    What the platform needs of every proxy, such as to report traces, is never cut off.
    """
    if calls is None:
        return None
    hosts = [*(_host(call, app, mesh.domain) for call in calls)]
    always = [f"{namespace}/*" for namespace in mesh.reachable]
    return tuple(dict.fromkeys([*hosts, *always])) or (NOBODY,)


def outside(calls: Iterable[Call] | None) -> Mapping[str, Manifest]:
    """What the mesh is told of each host outside, under a name that is made of the host."""
    ports: dict[str, dict[int, HostPort]] = {}
    for call in calls or ():
        if call.host:
            ports.setdefault(call.host, {}).update({each.port: each for each in call.ports or ()})
    return {_hash(host): _entry(host, [*said.values()]) for host, said in ports.items()}


def _host(call: Call, app: App, domain: str) -> str:
    if call.host:
        return f"{app.namespace}/{_name(call.host)}"
    namespace = call.namespace or app.namespace
    return f"{namespace}/{call.service}.{namespace}.svc.{domain}"


def _entry(host: str, ports: list[HostPort]) -> Manifest:
    """A host is found by its name; an address is where it says, and has no name to ask for."""
    fixed = _is_address(host)
    entry = {
        "hosts": [_name(host)],
        "location": "MESH_EXTERNAL",
        "exportTo": ["."],
        "ports": [_port(port, nameless=fixed) for port in ports],
    }
    if not fixed:
        return entry | {"resolution": "DNS"}
    where = {"addresses": [host], "endpoints": [{"address": host}]}
    return entry | {"resolution": "STATIC"} | where


def _port(port: HostPort, *, nameless: bool) -> Manifest:
    protocol = port.protocol or USUAL.get(port.port, "TCP")
    if nameless and protocol == "TLS":  # there is no name that a client could ask for
        protocol = "TCP"
    name = f"{protocol.lower()}-{port.port}"
    return {"number": port.port, "name": name, "protocol": protocol}


def _name(host: str) -> str:
    """The name of a host; that of an address is made up, for the mesh knows only names."""
    return f"{_hash(host)}.address.invalid" if _is_address(host) else host


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host))
    return False


def _hash(host: str) -> str:
    return b32encode(blake2b(host.encode(), digest_size=5).digest()).decode().lower()
