"""What the platform's settings say of whoever reads the metrics of all services."""

from __future__ import annotations

from microservice_operator.api.scalars import ObjectName
from microservice_operator.api.schema import Block
from microservice_operator.api.traffic import NamespaceName


class MonitoringSettings(Block):
    """Who reads the metrics; no policy of a Microservice keeps him out."""

    namespace: NamespaceName
    """The namespace of the scraper, such as Prometheus. Example: `monitoring`."""
    service_account: ObjectName | None = None
    """The ServiceAccount by which it proves who it is in the mesh; absent means that it speaks in
    plain text, and a port of metrics answers to it in plain text. Example: `prometheus`."""
