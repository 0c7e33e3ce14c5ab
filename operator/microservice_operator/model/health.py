"""How kubelet learns that a pod is well, and how a pod says goodbye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.api.health import DRAIN, GRACE
from microservice_operator.api.scalars import milliseconds
from microservice_operator.model.app import Probes, Shutdown
from microservice_operator.model.written import manifest

if TYPE_CHECKING:
    from microservice_operator.api.health import Health
    from microservice_operator.api.health import Shutdown as Asked
    from microservice_operator.api.probes import Probe
    from microservice_operator.model.app import Manifest, Port

KUBELET_SPEAKS = frozenset({"HTTP", "HTTP2"})

# A start may take five minutes; after it, three failures in a row take a pod out of rotation
# within 15 s, and only a pod that has been deaf for a minute and a half is restarted.
READINESS = {"periodSeconds": 5, "timeoutSeconds": 2, "failureThreshold": 3}
LIVENESS = {"periodSeconds": 15, "timeoutSeconds": 5, "failureThreshold": 6}
STARTUP = {"periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 150}


def probes(health: Health, ports: tuple[Port, ...]) -> Probes:
    """The probes that the user describes; for readiness, at least whether a port accepts."""
    if health.path is not None:
        get = {"httpGet": {"path": health.path, "port": _http_port(ports)}}
        return Probes(get | READINESS, get | LIVENESS, get | STARTUP)
    return Probes(
        readiness=_probe(health.readiness, ports) or _accepts(ports),
        liveness=_probe(health.liveness, ports),
        startup=_probe(health.startup, ports),
    )


def shutdown(asked: Asked) -> Shutdown:
    """How long a leaving pod keeps serving, and when it is killed."""
    return Shutdown(_seconds(asked.drain or DRAIN), _seconds(asked.grace or GRACE))


def _seconds(duration: str) -> int:
    return milliseconds(duration) // 1000


def _accepts(ports: tuple[Port, ...]) -> Manifest | None:
    """Ready is, for want of better knowledge, who accepts connections."""
    return {"tcpSocket": {"port": ports[0].target}} | READINESS if ports else None


def _http_port(ports: tuple[Port, ...]) -> int:
    return next(port for port in ports if port.protocol in KUBELET_SPEAKS).target


def _probe(probe: Probe | None, ports: tuple[Port, ...]) -> Manifest | None:
    """The probe with port names replaced by numbers: names of container ports are ours."""
    if probe is None:
        return None
    numbers = {port.name: port.target for port in ports}
    fields = dict(manifest(probe))
    for handler in ("httpGet", "tcpSocket"):
        if handler in fields:
            target = fields[handler]
            port = target["port"]
            fields[handler] = {**target, "port": numbers.get(port, port)}
    return fields
