"""Who may reach the pods and whom they may reach, as far as a network policy can tell.

A network policy sees addresses and labels, no identities and no names: a service account stands
for its whole namespace, and a host for any address. The exact policy is the mesh's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from microservice_operator.model.app import Flow, Peer, Traffic
from microservice_operator.model.ports import container_port_name, container_port_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.api.mesh import MeshSettings
    from microservice_operator.api.microservice import Microservice
    from microservice_operator.api.traffic import Call, Caller
    from microservice_operator.model.app import Port

CONTROL_PLANE = 15012


def traffic(microservice: Microservice, ports: tuple[Port, ...]) -> Traffic:
    """What the spec lets in and out."""
    spec, namespace = microservice.spec, microservice.namespace
    return Traffic(_callers(spec.allow_from, namespace, ports), _callees(spec.calls, namespace))


def beside_proxies(said: Traffic, mesh: MeshSettings) -> Traffic:
    """The same where pods have proxies: these get their certificates and settings from the mesh."""
    if said.egress is None:
        return said
    control = Flow(Peer(mesh.namespace), (CONTROL_PLANE,))
    always = [Flow(Peer(namespace)) for namespace in mesh.reachable]
    return replace(said, egress=_distinct([*said.egress, control, *always]))


def _callers(
    allowed: Iterable[Caller] | None, namespace: str, ports: tuple[Port, ...]
) -> tuple[Flow, ...] | None:
    """Who may call; None means anyone, and nobody is allowed by being of the same app.

    Ports go by the names of the container ports: a rollout moves them pod by pod.
    """
    if allowed is None:
        return None
    names = container_port_names(ports)
    known = {asked: names[port.target] for port in ports for asked in (port.name, port.port)}
    return _distinct(
        Flow(
            Peer(caller.namespace or namespace, caller.service),
            tuple(dict.fromkeys(known[asked] for asked in caller.ports or ())),
        )
        for caller in allowed
    )


def _callees(calls: Iterable[Call] | None, namespace: str) -> tuple[Flow, ...] | None:
    """Who is called, DNS not counted; None means anyone."""
    return None if calls is None else _distinct(_callee(call, namespace) for call in calls)


def _callee(call: Call, namespace: str) -> Flow:
    if call.service is None:
        return Flow(None, tuple(dict.fromkeys(port.port for port in call.ports or ())))
    ports = () if call.port is None else (container_port_name(call.port),)
    return Flow(Peer(call.namespace or namespace, call.service), ports)


def _distinct(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    return tuple(dict.fromkeys(flows))
