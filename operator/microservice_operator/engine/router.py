"""One pass over one host of a namespace: judge, compose, write, answer.

All Microservices of a namespace that claim a host share one VirtualService, so it is no child of
any of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.engine.chronicle import Chronicle
from microservice_operator.engine.claims import Claims
from microservice_operator.engine.composition import Composition, composition
from microservice_operator.engine.execution import Execution
from microservice_operator.engine.exposures import Exposures
from microservice_operator.engine.judging import Court
from microservice_operator.engine.outlived import Outlived
from microservice_operator.engine.ownership import awaited
from microservice_operator.engine.queue import Key, Priority
from microservice_operator.engine.refusals import Refusal, Refusals
from microservice_operator.engine.replies import Failure, Result
from microservice_operator.engine.served import Record, Served
from microservice_operator.engine.sharing import Sharers, all_stay, lacking
from microservice_operator.engine.taking import Taking, again_at
from microservice_operator.errors import Again, Away
from microservice_operator.model.kinds import ISTIO, VIRTUAL_SERVICE
from microservice_operator.plan import Key as ChildKey
from microservice_operator.plan import Known, plan
from microservice_operator.routing.holding import Host
from microservice_operator.routing.manifest import name as name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.decode import Child
    from microservice_operator.cluster.definitions import Definitions
    from microservice_operator.cluster.events import Recorder
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.microservices import Microservices
    from microservice_operator.engine.queue import Work
    from microservice_operator.engine.roll import Roll
    from microservice_operator.plan import Plan
    from microservice_operator.platform import Settings
    from microservice_operator.routing.claims import Claim, Claimant

# After a write a host rests three times as long as that took, and for each who claims it, up to a
# second: what is wanted of it meanwhile is one more write. One with few claims answers at once.
REST, REST_EACH, REST_OF_A_CROWD = 3, 0.01, 1.0


@dataclass(slots=True)
class Router:
    """The passes over hosts, and what they remember from one to the next."""

    api: Api
    store: Store
    microservices: Microservices
    recorder: Recorder
    settings: Settings
    definitions: Definitions
    roll: Roll
    ask: Callable[[Work, Priority], None]
    claims: Claims = field(default_factory=Claims)
    exposures: Exposures = field(init=False)
    _record: Record = field(default_factory=Record)
    _named: dict[Key, Host] = field(default_factory=dict)
    _refusals: dict[Host, Refusals] = field(default_factory=dict)
    _wrote: dict[Host, tuple[float, float]] = field(default_factory=dict)
    _outlived: Outlived = field(init=False)

    def __post_init__(self) -> None:
        self.exposures = Exposures(self.claims, self.roll, self.store, self.ask, self._served)
        self._outlived = Outlived(self.store, self.microservices)

    def begin(self, keys: Iterable[Key]) -> None:
        """We act from now on; whatever was known of the claims may be of old."""
        self._record.review(self._live)
        self.roll.begin(keys)
        for child in self.store.shared():
            if child.site:
                self.claims.lives(Host.of(child.namespace, child.site), now=True)
        self.look_again()

    def look_again(self) -> None:
        """What has changed concerns every host."""
        for host in self.claims.everywhere():
            self.ask(host, Priority.CALM)

    def wake(self, namespace: str, name: str, priority: Priority) -> None:
        """An object of this name has changed: it may be what serves a host, or has served it."""
        host = self._named.get(Key(namespace, name))
        if host is None:
            found = self.store.at(VIRTUAL_SERVICE.name, namespace, name)
            host = Host.of(namespace, found.site) if found and found.site else None
        if host:
            self.ask(host, priority)
            self._wake_rivals(host)
        for other in self._outlived.ends(Key(namespace, name)):
            self.ask(other, priority)

    async def reconcile(self, host: Host) -> float | None:
        """Bring what a host serves to what is claimed of it, and tell those who claim it.

        Returns:
            The loop time at which to look again although nothing happened; None for never.

        Raises:
            Again: the pass should be repeated; it is safe to do so.
        """
        if not self.definitions.brings(ISTIO) or self.roll.waits(host, everywhere=False):
            return None
        rests_until = self._rests_until(host)
        if asyncio.get_running_loop().time() < rests_until:
            return rests_until
        live, claims = self._live(host), self.claims.at(host)
        if not claims and live is None:
            self._forget(host)
            return None
        self._named[Key(host.namespace, name_of(host.site))] = host
        held = self._held(host)
        self.claims.lives(host, now=held)
        court = Court(self.claims, self.settings, self._held, self._is_left)
        undecided = not held or court.contested(host)
        if undecided and self.roll.waits(host, everywhere=True):
            return None
        try:
            return await self._pass(host, claims, court, live)
        finally:
            if self._held(host) is not held:
                self.claims.lives(host, now=not held)
                self._wake_rivals(host)

    async def _pass(
        self, host: Host, claims: list[Claim], court: Court, live: Child | None
    ) -> float | None:
        trouble = court.judge(host)
        before = self._outlived.lasting(host, claims, self._served(host))
        gateway = self.settings.gateways.get(host.gateway)
        to_serve = composition(
            host,
            self.claims,
            before,
            gateway.gateway if gateway else "",
            trouble,
        )
        failure = await self._bring(host, to_serve, live)
        result = Result(
            served=before.names if failure else to_serve.served,
            lost=to_serve.lost,
            trouble=trouble or (failure.trouble if failure else None),
            scheme=gateway.scheme if gateway else "",
        )
        for key in self.claims.answer(host, result.replies(claims)):
            self.ask(key, Priority.URGENT)
        return failure.again_at if failure else None

    def _rests_until(self, host: Host) -> float:
        began, ended = self._wrote.get(host, (0.0, 0.0))
        of_all = min(REST_EACH * self.claims.count(host), REST_OF_A_CROWD)
        return ended + max(REST * (ended - began), of_all)

    async def _bring(self, host: Host, to_serve: Composition, live: Child | None) -> Failure | None:
        """Write what is to be served, if anything else is; why not, if it cannot be."""
        if to_serve.let_go:
            self._record.keep(host, to_serve.rest)
            return None
        todo = self._plan(host, to_serve, live)
        waiting = [awaited(str(key), live) for key in todo.waiting]
        if todo.steps and live:
            await self._must_stay(host, to_serve, live)
        began = asyncio.get_running_loop().time()
        results = [await self._taking(host, to_serve, live).take(step) for step in todo.steps]
        if todo.steps:
            self._wrote[host] = began, asyncio.get_running_loop().time()
        refused = [each for each in results if isinstance(each, Refusal)]
        waiting += [each for each in results if isinstance(each, str)]
        if refused or waiting:
            return Failure.of(refused, waiting, again_at(refused, waiting))
        if to_serve.manifest:
            self._record.keep(host, Served.of(to_serve.manifest))
        else:
            self._record.forget(host)
        return None

    def _plan(self, host: Host, to_serve: Composition, live: Child | None) -> Plan:
        """What must change; what is as desired is remembered to be."""
        key = ChildKey(VIRTUAL_SERVICE.name, name_of(host.site))
        known = live and Known(
            uid=live.uid, verified=live.verified, content=live.content(), deleting=live.deleting
        )
        lost = self.store.lost(key.kind, host.namespace, key.name)
        todo = plan(
            [to_serve.manifest] if to_serve.manifest else [],
            {key: known} if known else {},
            lost={key: lost} if lost else {},
        )
        for found in todo.verified.values():
            assert live is not None
            self.store.verify(live, found)
        return todo

    async def _must_stay(self, host: Host, to_serve: Composition, live: Child) -> None:
        """Who does not own it any more may be leaving: nobody must be given it back.

        Raises:
            Again: somebody is leaving, and we have not been told yet.
        """
        before = self._record.of(host, live).owners
        gone = [each for each in lacking(to_serve.owners, live) if each.uid in before]
        try:
            if not await all_stay(self.api, gone):
                raise Again(f"somebody who serves {host.host} is being deleted")
        except (ApiError, Unreachable) as error:
            raise Away(f"{host.host}: {error}") from error

    def _taking(self, host: Host, to_serve: Composition, live: Child | None) -> Taking:
        refusals = self._refusals.get(host)
        if refusals is None:
            refusals = self._refusals[host] = Refusals(asyncio.get_running_loop().time)

        def found(there: Child) -> None:
            """What it served is not known yet: nothing of it must be lost."""
            content = there.content()
            if host not in self._record and content:
                self._record.keep(host, Served.of(content))
                raise Again(f"{host.host} is served already")

        sharers = Sharers(host, to_serve.owners, found)
        name, uid = _first(to_serve, live)
        chronicle = Chronicle(self.recorder, host.namespace, name, uid, settled=False)
        execution = Execution(self.api, self.store, sharers, chronicle)
        return Taking(execution, refusals, chronicle, lambda: self._all_there(to_serve.owners))

    def _all_there(self, owners: Iterable[Claimant]) -> bool:
        """Whether all of them are there to stay, as far as we know."""
        for owner in owners:
            known = self.microservices.get(Key(owner.namespace, owner.name))
            if known is None or known.uid != owner.uid or known.deleting:
                return False
        return True

    def _live(self, host: Host) -> Child | None:
        """What serves it; nothing of its name that says nothing of that, and is nobody's."""
        there = self.store.at(VIRTUAL_SERVICE.name, host.namespace, name_of(host.site))
        ours = there and there.owner is None and (there.site == host.site or there.sharers)
        return there if ours else None

    def _served(self, host: Host) -> Served:
        return self._record.of(host, self._live(host))

    def _held(self, host: Host) -> bool:
        """Whether it serves the host, or did until somebody took that away."""
        return host in self._record or self._live(host) is not None

    def _is_left(self, host: Host) -> bool:
        """Whether nobody owns what serves it, nor wants it."""
        live = self._live(host)
        return live is not None and not live.sharers and not self.claims.at(host)

    def _wake_rivals(self, host: Host) -> None:
        for rival in self.claims.hosts.rivals(host):
            self.ask(rival, Priority.URGENT)

    def _forget(self, host: Host) -> None:
        """Nobody wants it, and nothing of it lives."""
        if host in self._record:
            self._record.forget(host)
            self._wake_rivals(host)
        self.claims.lives(host, now=False)
        self._named.pop(Key(host.namespace, name_of(host.site)), None)
        self._refusals.pop(host, None)
        self._wrote.pop(host, None)


def _first(to_serve: Composition, live: Child | None) -> tuple[str, str]:
    """Of all who share it, the one that Events are told to."""
    owners = [(each.name, each.uid) for each in to_serve.owners]
    sharers = [(each.name, each.uid) for each in live.sharers] if live else []
    return next(iter((*owners, *sharers)), ("", ""))
