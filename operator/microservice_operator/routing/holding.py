"""Which namespace holds a host: one at a time, also where a wildcard covers what others want."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from microservice_operator.routing.claims import Claimant, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WILDCARD = "*."


class Host(NamedTuple):
    """What one namespace wants, or serves, of a host on a gateway."""

    namespace: str
    gateway: str
    host: str

    @classmethod
    def of(cls, namespace: str, site: Site) -> Host:
        """What this namespace wants of a site."""
        return cls(namespace, site.gateway, site.host)

    @property
    def site(self) -> Site:
        """The host on its gateway, whoever serves it."""
        return Site(self.gateway, self.host)


class Right(NamedTuple):
    """How good the right to a host is: the smaller, the better."""

    waits: bool
    """Whether nothing of it is live: who serves a host keeps it."""
    eldest: Claimant


class Hosts:
    """The hosts that are wanted or served anywhere, by what overlaps what."""

    def __init__(self) -> None:
        self._same: defaultdict[Site, set[Host]] = defaultdict(set)
        self._below: defaultdict[Site, set[Host]] = defaultdict(set)

    def add(self, host: Host) -> None:
        """It is wanted or served from now on."""
        self._same[host.site].add(host)
        for wildcard in _covering(host.host):
            self._below[Site(host.gateway, wildcard)].add(host)

    def discard(self, host: Host) -> None:
        """Nobody wants or serves it any more."""
        _discard(self._same, host.site, host)
        for wildcard in _covering(host.host):
            _discard(self._below, Site(host.gateway, wildcard), host)

    def rivals(self, host: Host) -> Iterator[Host]:
        """The hosts of other namespaces of which this one cannot be held beside."""
        wider = (Site(host.gateway, wildcard) for wildcard in _covering(host.host))
        for site in (host.site, *wider):
            yield from (each for each in self._same.get(site, ()) if _differ(each, host))
        below = self._below.get(host.site, ())
        yield from (each for each in below if _differ(each, host))


def holder(
    host: Host,
    hosts: Hosts,
    right: Callable[[Host], Right | None],
    known: dict[Host, Host | None] | None = None,
) -> Host | None:
    """Who holds what this one wants; None when nobody else does, so that it may.

    Of those that overlap, the better right wins, unless its owner has to give way to others. The
    best is asked first and nobody twice (`known`): else a crowd at one host would take for ever.
    """
    known = {} if known is None else known
    if host not in known:
        mine, rivals = right(host), ((right(rival), rival) for rival in hosts.rivals(host))
        better = [
            (theirs, rival) for theirs, rival in rivals if theirs and (not mine or theirs < mine)
        ]
        holders = (
            rival for _, rival in sorted(better) if holder(rival, hosts, right, known) is None
        )
        known[host] = next(holders, None)
    return known[host]


def _covering(host: str) -> Iterator[str]:
    """The wildcards that cover all of this host, the closest first."""
    labels = host.removeprefix(WILDCARD).split(".")
    for place in range(1, len(labels)):
        yield WILDCARD + ".".join(labels[place:])


def _differ(one: Host, other: Host) -> bool:
    return one.namespace != other.namespace


def _discard(index: dict[Site, set[Host]], site: Site, host: Host) -> None:
    """Leave no empty set behind."""
    if site in index:
        index[site].discard(host)
        if not index[site]:
            del index[site]
