"""Whoever reads the metrics of all services is let in to read them, whoever else is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.model.admission import Limit, rule

if TYPE_CHECKING:
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import Manifest, Port
    from microservice_operator.platform import Settings

PATH = "/metrics"
NOBODY_KNOWN = {"notPrincipals": ["*"]}
"""Who speaks in plain text; gateways never do, so nobody comes in through them this way."""


@dataclass(frozen=True, slots=True)
class Scraping:
    """Where metrics are read, and by whom."""

    port: Port
    path: str
    namespace: str
    account: str
    """Who proves to be the reader in the mesh; empty for one that speaks in plain text."""

    @property
    def rule(self) -> Manifest:
        """What the reader may do, in the words of the mesh, to which a stream has no paths."""
        source = {"serviceAccounts": [self.account]} if self.account else NOBODY_KNOWN
        asked = Limit((self.port.target,), ("GET",), (self.path,))
        return rule(source, (asked if self.port.speaks_http else Limit(asked.ports)).operation)


def scraping(spec: Spec, ports: tuple[Port, ...], settings: Settings) -> Scraping | None:
    """Where the spec has metrics, for the reader that the platform has."""
    reader = settings.monitoring
    metrics = spec.observability.metrics if spec.observability else None
    if reader is None or metrics is None:
        return None
    [port, *_] = [
        port
        for port in ports
        if (port.speaks_http if metrics.port is None else metrics.port in {port.name, port.port})
    ]
    path = (metrics.path or PATH).partition("?")[0]
    account = f"{reader.namespace}/{reader.service_account}" if reader.service_account else ""
    return Scraping(port, path, reader.namespace, account)
