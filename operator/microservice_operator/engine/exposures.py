"""What each Microservice asks of the hosts: told to all who serve them, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from microservice_operator.engine.queue import Key, Priority
from microservice_operator.model import App, Mode
from microservice_operator.plan import digest
from microservice_operator.routing.claiming import claims
from microservice_operator.routing.claims import Claim, Claimant
from microservice_operator.routing.holding import Host
from microservice_operator.routing.live import owner
from microservice_operator.status import Routing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.claims import Claims
    from microservice_operator.engine.microservices import Known
    from microservice_operator.engine.queue import Work
    from microservice_operator.engine.roll import Roll
    from microservice_operator.engine.served import Served
    from microservice_operator.errors import UserError
    from microservice_operator.routing.claims import Site

# An answer is due within moments; until then a status would have to be corrected at once.
PATIENCE = 2.0
ORPHANED = "orphan"


@dataclass(slots=True)
class Exposures:
    """The passes over Microservices on one side, those over hosts on the other."""

    claims: Claims
    roll: Roll
    store: Store
    ask: Callable[[Work, Priority], None]
    served: Callable[[Host], Served]
    """What a host was made to serve last."""
    _since: dict[Key, float] = field(default_factory=dict)

    def understood(self, key: Key, known: Known, app: App | UserError | None) -> None:
        """Take what this Microservice wants now.

        Where nobody knows what it wants, or it is not to be done, what is live of it stays.
        """
        claimant = _claimant(key, known)
        wanted = _claims(app, claimant) if isinstance(app, App) else ()
        if not isinstance(app, App) or app.mode is not Mode.APPLY:
            sites = {claim.site for claim in wanted} | self._had(key, known.uid)
            wanted = tuple(Claim(claimant, site, carried=True) for site in sorted(sites))
        self._put(key, wanted)

    def leaves(self, key: Key, known: Known) -> None:
        """It is being deleted: its rules go first, unless its children are to stay."""
        stay = ORPHANED in known.body["metadata"].get("finalizers", ())
        sites = sorted(self._had(key, known.uid)) if stay else ()
        claimant = _claimant(key, known)
        self._put(key, [Claim(claimant, site, carried=True) for site in sites], leaving=True)

    def gone(self, key: Key) -> None:
        """It is no more."""
        self._wake(self.claims.drop(key))
        self.roll.left(key)
        self._since.pop(key, None)

    def routing(self, key: Key) -> Routing | None:
        """What has become of its hosts; None while that will be known in a moment."""
        if self.claims.waits(key):
            now = asyncio.get_running_loop().time()
            since = self._since.setdefault(key, now)
            if now < since + PATIENCE or not self.roll.complete(key.namespace):
                return None
        else:
            self._since.pop(key, None)
        return Routing(tuple(self.claims.answers(key)))

    def lingers(self, key: Key, *, everywhere: bool) -> bool:
        """Whether a host still serves what this Microservice wants no more.

        Unless it is asked `everywhere`, only where it wants nothing at all.
        """
        shared = self.store.shared(key.namespace)
        mine = {each.site for each in shared if key.name in {one.name for one in each.sharers}}
        sites = mine if everywhere else mine - self.claims.sites(key)
        return any(self._lingers(Host.of(key.namespace, site), key.name) for site in sites if site)

    def _lingers(self, host: Host, name: str) -> bool:
        wanted = {
            digest(rule.route)
            for claim in self.claims.at(host)
            if claim.claimant.name == name and not claim.carried
            for rule in claim.rules
        }
        live = (rule for rule in self.served(host).http if owner(rule) == name)
        return any(digest(rule) not in wanted for rule in live)

    def _put(self, key: Key, wanted: Iterable[Claim], *, leaving: bool = False) -> None:
        self._wake(self.claims.put(key, wanted, leaving=leaving))
        self.roll.understood(key)

    def _had(self, key: Key, uid: str) -> set[Site]:
        """Where something of it may be live: where it has a share, or has asked for one."""
        live = self.store.shared(key.namespace)
        owned = {each.site for each in live if any(owner.uid == uid for owner in each.sharers)}
        return {site for site in owned if site} | self.claims.sites(key)

    def _wake(self, hosts: Iterable[Host]) -> None:
        """Those hosts look again, and so do others that have waited for one of them."""
        for host in hosts:
            self.ask(host, Priority.URGENT)
            for rival in self.claims.hosts.rivals(host):
                self.ask(rival, Priority.URGENT)


def _claims(app: App, claimant: Claimant) -> tuple[Claim, ...]:
    """What it wants, nothing without a mesh; until requests can arrive all stays as it is."""
    if not app.mesh.host:
        return ()
    wanted = claims(app, claimant.created)
    return wanted if app.arrived else tuple(replace(claim, carried=True) for claim in wanted)


def _claimant(key: Key, known: Known) -> Claimant:
    created = known.body["metadata"].get("creationTimestamp", "")
    return Claimant(created, known.uid, key.namespace, key.name)
