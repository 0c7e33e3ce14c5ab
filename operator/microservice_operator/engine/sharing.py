"""Whose a VirtualService is that several Microservices share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.engine.ownership import Standing, stays
from microservice_operator.errors import NameTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.decode import Child
    from microservice_operator.model import Manifest
    from microservice_operator.routing.claims import Claimant
    from microservice_operator.routing.holding import Host


@dataclass(frozen=True, slots=True)
class Sharers:
    """The Microservices that serve a host together.

    `found` is called with an object that is theirs, although nobody has told us of it.
    """

    host: Host
    owners: Sequence[Claimant]
    found: Callable[[Child], None]

    @property
    def namespace(self) -> str:
        """Where they live."""
        return self.host.namespace

    def claimed(self, there: Child, manifest: Manifest) -> Standing:
        """Whether it is theirs, by what it says that it serves or by any of its owners."""
        if there.deleting:
            return Standing.LEAVING
        ours = {owner.uid for owner in self.owners}
        marked = there.site == self.host.site or any(each.uid in ours for each in there.sharers)
        if there.owner is not None or not marked:
            who = f"{there.owner.kind}/{there.owner.name}" if there.owner else "somebody else"
            raise NameTaken(
                f"VirtualService/{manifest['metadata']['name']} exists already and belongs to "
                f"{who}; until it is removed, {self.host.host} cannot be served."
            )
        self.found(there)
        return Standing.OURS

    async def stay(self, api: Api, there: Child) -> bool:
        """Whether all those are there to stay who are to own it again."""
        return await all_stay(api, lacking(self.owners, there))


def lacking(owners: Sequence[Claimant], there: Child) -> list[Claimant]:
    """Those who should own an object and do not."""
    theirs = {owner.uid for owner in there.sharers}
    return [owner for owner in owners if owner.uid not in theirs]


async def all_stay(api: Api, owners: Iterable[Claimant]) -> bool:
    """Whether none of these is being deleted, in the server's own words."""
    for owner in owners:
        if not await stays(api, owner.namespace, owner.name, owner.uid):
            return False
    return True
