"""What a host has served, as far as it is known: what is carried over stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from microservice_operator.model.kinds import MICROSERVICE
from microservice_operator.routing.live import owner

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from microservice_operator.cluster.decode import Child
    from microservice_operator.model import Manifest
    from microservice_operator.routing.holding import Host


@dataclass(frozen=True, slots=True)
class Served:
    """The rules of a host in their order, and whose they are."""

    http: tuple[Manifest, ...] = ()
    gateway: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Names by uid."""

    @classmethod
    def of(cls, manifest: Manifest) -> Served:
        """What this VirtualService says."""
        spec = manifest.get("spec", {})
        owners = manifest["metadata"].get("ownerReferences", ())
        return cls(
            tuple(spec.get("http", ())),
            next(iter(spec.get("gateways", ())), ""),
            {each["uid"]: each["name"] for each in owners if each["kind"] == MICROSERVICE.name},
        )

    @property
    def names(self) -> set[str]:
        """The Microservices whose rules it has."""
        return names(self.http)

    @property
    def let_go(self) -> set[str]:
        """Those of them that do not own it: they were deleted, and their children were to stay."""
        return self.names - set(self.owners.values())

    def without(self, gone: Container[str]) -> Served:
        """The same without the rules of these."""
        return replace(self, http=tuple(rule for rule in self.http if owner(rule) not in gone))

    def may_carry(self, name: str, uid: str) -> bool:
        """Whether rules of this name are of this Microservice, and not of one before it."""
        return all(known == uid for known, owner in self.owners.items() if owner == name)


NOTHING = Served()


def names(http: tuple[Manifest, ...]) -> set[str]:
    """The Microservices whose rules these are."""
    return {owner(rule) for rule in http} - {""}


class Record:
    """What each host was made to serve last; what somebody changes since is not carried over.

    It is kept as bytes: there may be thousands, and hardly any is ever looked at again.
    """

    def __init__(self) -> None:
        self._known: dict[Host, bytes] = {}

    def __contains__(self, host: Host) -> bool:
        """Whether it was made to serve anything."""
        return host in self._known

    def of(self, host: Host, live: Child | None) -> Served:
        """What it serves but for what somebody has done to it."""
        if host in self._known:
            http, gateway, owners = msgspec.json.decode(self._known[host])
            return Served(tuple(http), gateway, owners)
        content = live.content() if live else None
        return Served.of(content) if content else NOTHING

    def keep(self, host: Host, served: Served) -> None:
        """It serves this from now on."""
        self._known[host] = msgspec.json.encode((served.http, served.gateway, served.owners))

    def forget(self, host: Host) -> None:
        """It serves nothing."""
        self._known.pop(host, None)

    def review(self, live: Callable[[Host], Child | None]) -> None:
        """Another operator may have acted meanwhile: only what has not changed since is true."""
        for host in list(self._known):
            child = live(host)
            if child is None or child.raw is not None:
                del self._known[host]
