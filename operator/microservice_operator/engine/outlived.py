"""Rules of Microservices that were deleted without their children: they stay as long as these."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microservice_operator.engine.queue import Key
from microservice_operator.model.kinds import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.microservices import Microservices
    from microservice_operator.engine.served import Served
    from microservice_operator.routing.claims import Claim
    from microservice_operator.routing.holding import Host


@dataclass(slots=True)
class Outlived:
    """Who left children behind, and the hosts that serve them still."""

    store: Store
    microservices: Microservices
    _hosts: defaultdict[Key, set[Host]] = field(default_factory=lambda: defaultdict(set))

    def lasting(self, host: Host, claims: Iterable[Claim], before: Served) -> Served:
        """Of what was served until now, what somebody claims, or has left behind."""
        unclaimed = before.names - {claim.claimant.name for claim in claims}
        gone = {name for name in unclaimed if not self._stays(host, name, before)}
        for name in unclaimed - gone:
            self._hosts[Key(host.namespace, name)].add(host)
        return before.without(gone)

    def ends(self, key: Key) -> set[Host]:
        """A Service of this name has changed, or ended: those who must look again."""
        return self._hosts.pop(key, set())

    def _stays(self, host: Host, name: str, before: Served) -> bool:
        """Whether its Service was let go, too.

        The VirtualService alone does not tell: the garbage collector takes away the name of whoever
        is gone while others own it. The watch may tell later of the Service.
        """
        service = self.store.at(SERVICE.name, host.namespace, name)
        owner = service and service.microservice
        if service is None or owner is None:
            return service is not None
        known = self.microservices.get(Key(host.namespace, owner.name))
        return name in before.let_go and (known is None or known.uid != owner.uid)
