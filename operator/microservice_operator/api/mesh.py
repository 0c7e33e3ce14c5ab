"""What the platform's settings say of the mesh."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Items
from microservice_operator.api.durations import within
from microservice_operator.api.scalars import Duration, LabelValue, ObjectName
from microservice_operator.api.schema import Block
from microservice_operator.api.traffic import NamespaceName


class MeshSettings(Block):
    """Whether there is a mesh, and what holds for all services in it."""

    mode: Literal["Auto", "Off"] = "Auto"
    """Auto uses Istio as soon as the cluster has it. Example: `Off`."""
    mtls: Literal["Strict", "Permissive"] | None = None
    """What `security.mtls` is where a spec does not say; absent leaves it to the mesh.
    Example: `Strict`."""
    revision: LabelValue | None = None
    """The revision of Istio whose proxies the pods get. Example: `stable`."""
    domain: ObjectName = "cluster.local"
    """The domain of the cluster's names. Example: `cluster.example`."""
    namespace: NamespaceName = "istio-system"
    """Where its control plane runs; no policy of a Microservice keeps proxies from it.
    Example: `istio-system`."""
    reachable: Annotated[tuple[NamespaceName, ...], Items(16)] = ()
    """Namespaces that every pod may call whatever its `calls` say, such as that of the collectors
    of traces. Example: `[observability]`."""
    settle: Duration = "5s"
    """How long the proxies are given to learn of a new destination before a route leads to it, and
    to forget a route before its destination goes, or those go who ask its callers for tokens. With
    `0s` some requests fail with 503 for a moment whenever a version comes or goes.
    Example: `10s`."""

    rules: ClassVar = (within("settle", "0s", "5m"),)
