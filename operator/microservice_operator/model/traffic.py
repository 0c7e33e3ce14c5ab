"""Who may reach the pods and whom they may reach, as far as a network policy can tell.

A network policy sees addresses and labels, no identities and no names: a service account stands
for its whole namespace, and a host for any address. The exact policy is the mesh's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.app import Flow, Peer, Traffic
from microservice_operator.model.ports import container_port_name, container_port_names
from microservice_operator.model.scraping import scraping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from microservice_operator.api.microservice import Microservice
    from microservice_operator.api.traffic import Call, Caller
    from microservice_operator.model.app import App, Port
    from microservice_operator.platform import Settings

CONTROL_PLANE = 15012
PROXY_METRICS = (15020, 15090)


def traffic(microservice: Microservice, ports: tuple[Port, ...], settings: Settings) -> Traffic:
    """What the spec lets in and out; a gateway that the platform does not have is nobody."""
    spec, namespace = microservice.spec, microservice.namespace
    allowed = spec.allow_from
    if allowed is not None:
        allowed = tuple(each for each in allowed if each.gateway in {None, *settings.gateways})
    ingress = _callers(allowed, namespace, ports, settings)
    scraped = scraping(spec, ports, settings)
    if ingress is not None and scraped:
        name = container_port_names(ports)[scraped.port.target]
        ingress = _distinct([*ingress, Flow(Peer(scraped.namespace), (name,))])
    return Traffic(ingress, _callees(spec.calls, namespace))


def stranger(allowed: Iterable[Caller] | None, settings: Settings) -> str:
    """The first gateway that is let in although the platform does not have it; empty for none."""
    named = (each.gateway for each in allowed or () if each.gateway)
    return next((name for name in named if name not in settings.gateways), "")


def narrow(microservice: Microservice, settings: Settings) -> frozenset[str]:
    """The gateways that are let in to some paths only; some share their pods under two names."""
    known, namespace = settings.gateways, microservice.namespace
    callers = [each for each in microservice.spec.allow_from or () if each.paths]
    named = {each.gateway for each in callers}
    accounts = {one.service_account for name, one in known.items() if name in named} | {
        f"{each.namespace or namespace}/{each.service_account or each.service}"
        for each in callers
        if not each.gateway
    }
    return frozenset(name for name, one in known.items() if one.service_account in accounts)


def beside_proxies(app: App, settings: Settings) -> Traffic:
    """The same where pods have proxies.

    These get their certificates and settings from the mesh, and requests from its gateways; what
    they have counted is read like the metrics of the app.
    """
    ingress, egress, mesh = app.traffic.ingress, app.traffic.egress, settings.mesh
    if egress is not None:
        control = Flow(Peer(mesh.namespace), (CONTROL_PLANE,))
        always = [Flow(Peer(namespace)) for namespace in mesh.reachable]
        egress = _distinct([*egress, control, *always])
    if ingress is not None:
        reader = settings.monitoring
        counts = [Flow(Peer(reader.namespace), PROXY_METRICS)] if reader else []
        ingress = _distinct([*ingress, *_from_gateways(app, settings), *counts])
    return Traffic(ingress, egress)


def _from_gateways(app: App, settings: Settings) -> Iterator[Flow]:
    names = container_port_names(app.ports)
    served = {port.port: names[port.target] for port in app.ports}
    for exposure in app.exposures:
        if exposure.gateway in settings.gateways:
            routes = [route for route in exposure.routes if not route.redirect]
            for port in dict.fromkeys(served[route.port] for route in routes):
                yield Flow(Peer(_namespace_of(exposure.gateway, settings)), (port,))


def _namespace_of(gateway: str, settings: Settings) -> str:
    return settings.gateways[gateway].service_account.partition("/")[0]


def _callers(
    allowed: Iterable[Caller] | None,
    namespace: str,
    ports: tuple[Port, ...],
    settings: Settings,
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
            Peer(
                _namespace_of(caller.gateway, settings)
                if caller.gateway
                else caller.namespace or namespace,
                caller.service,
            ),
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
    """Each once; of a peer that may use every port, no other is left."""
    found = dict.fromkeys(flows)
    whole = {flow.peer for flow in found if not flow.ports}
    return tuple(flow for flow in found if not flow.ports or flow.peer not in whole)
