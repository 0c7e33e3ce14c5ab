"""What the platform's settings say of whoever reads the metrics of all services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Entries
from microservice_operator.api.keys import qualified
from microservice_operator.api.scalars import LabelValue, ObjectName
from microservice_operator.api.schema import Block
from microservice_operator.api.traffic import NamespaceName


class MonitoringSettings(Block):
    """Who reads the metrics; no policy of a Microservice keeps him out."""

    namespace: NamespaceName
    """The namespace of the scraper, such as Prometheus. Example: `monitoring`."""
    service_account: ObjectName | None = None
    """The ServiceAccount by which it proves who it is in the mesh; absent means that it speaks in
    plain text, and a port of metrics answers to it in plain text. A ServiceMonitor names no
    certificates: it is for one that speaks in plain text. Example: `prometheus`."""
    labels: Annotated[Mapping[str, LabelValue], Entries(8)] = {}
    """Labels by which a Prometheus operator chooses what is meant for it.
    Example: `{release: kube-prometheus-stack}`."""

    rules: ClassVar = (qualified("labels"),)
