"""What is read of an object's metadata: its name, its owners, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from microservice_operator.model.kinds import MICROSERVICE
from microservice_operator.routing.manifest import site_of

if TYPE_CHECKING:
    from microservice_operator.routing.claims import Site


class Owner(msgspec.Struct, rename="camel"):
    """An owner reference."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False

    @property
    def is_microservice(self) -> bool:
        """Whether it is one of ours, and not just of the same name."""
        return (self.api_version, self.kind) == (MICROSERVICE.api_version, MICROSERVICE.name)


class Metadata(msgspec.Struct, rename="camel"):
    """The part of an object's metadata that we read."""

    name: str
    uid: str
    resource_version: str
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: list[Owner] = []
    deletion_timestamp: str | None = None
    finalizers: list[str] = []

    @property
    def controller(self) -> Owner | None:
        """The one owner that controls the object."""
        return next((owner for owner in self.owner_references if owner.controller), None)

    @property
    def sharers(self) -> tuple[Owner, ...]:
        """The Microservices that own the object together."""
        return tuple(
            owner
            for owner in self.owner_references
            if owner.is_microservice and not owner.controller
        )

    @property
    def site(self) -> Site | None:
        """What it says to serve."""
        return site_of({"metadata": {"labels": self.labels, "annotations": self.annotations}})
