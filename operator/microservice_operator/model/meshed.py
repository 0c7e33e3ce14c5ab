"""The Mesh: what the mesh is told of an app, decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.model.app import Manifest


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many requests in so many seconds, and so many at once after a pause."""

    requests: int
    seconds: int
    burst: int
    common: bool = False
    """Whether it is for all pods of the service together."""

    def among(self, pods: int) -> Bucket:
        """What each of so many pods lets in: no less than a drop, in so much more time."""
        if not self.common:
            return self
        return Bucket(self.requests, self.seconds * pods, ceil(self.burst / pods))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """What the mesh is told; where there is none, only what it is missing for."""

    injected: bool = False
    """Whether the pods get a proxy."""
    proxied: bool | None = None
    """Whether all pods have been seen with their proxy; None while nobody has looked."""
    revision: str | None = None
    host: str = ""
    """The name under which the mesh knows the Service; empty where there is no mesh."""
    mutual_tls: str = ""
    destination: Manifest = field(default_factory=dict)
    """How callers connect to the pods and choose among them."""
    route: Manifest = field(default_factory=dict)
    """How long callers wait, and what they try again."""
    bucket: Bucket | None = None
    """How much each pod lets in."""
    lacking: str = ""
    """What the spec asks in vain while there is no mesh, in a sentence."""
    away: bool = False
    """Whether the platform wants a mesh that the cluster lacks, at least in parts."""

    @property
    def speaks(self) -> bool:
        """Whether there is anything that the mesh does for the app."""
        return bool(self.mutual_tls or self.destination or self.route or self.bucket)
