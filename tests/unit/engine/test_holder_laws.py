from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from typing_extensions import override

from microservice_operator.routing.claims import Claim, Site
from microservice_operator.routing.holding import Host, Hosts
from tests.unit.engine.edge import Edge, claimant_of, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DataObject

NAMESPACES, NAMES = st.sampled_from(["red", "green", "blue"]), st.sampled_from(["a", "b"])
WANTED = ("a.example", "b.example", "*.example", "x.a.example", "*.a.example")
SITES = st.sampled_from([Site("public", host) for host in WANTED])
AGES = st.integers(1, 3).map(str)


def claim_of(namespace: str, name: str, site: Site, created: str, path: str = "/") -> Claim:
    """One rule on one site."""
    return Claim(claimant_of(name, namespace, created), site, (rule_of(name, f"/{name}/{path}"),))


CLAIMS = st.lists(
    st.builds(claim_of, NAMESPACES, NAMES, SITES, AGES),
    unique_by=lambda claim: (claim.claimant.namespace, claim.claimant.name),
)


def overlap(one: Host, other: Host) -> bool:
    """Whether two namespaces cannot hold these side by side; found the long way."""

    def covers(wild: str, host: str) -> bool:
        return wild.startswith("*.") and host.endswith(wild[1:])

    same = one.host == other.host or covers(one.host, other.host) or covers(other.host, one.host)
    return same and one.namespace != other.namespace


def first_come(claims: Iterable[Claim]) -> set[Host]:
    """Who holds what if nothing is live: one after the other takes what is free."""
    held: set[Host] = set()
    for claim in sorted(claims, key=lambda claim: claim.claimant):
        host = Host.of(claim.claimant.namespace, claim.site)
        if not any(overlap(host, other) for other in held):
            held.add(host)
    return held


@given(CLAIMS)
def test_where_nothing_is_live_the_eldest_take_what_they_want(claims: list[Claim]) -> None:
    """One after the other, whatever the order in which they are heard of."""
    edge = Edge()
    for claim in claims:
        edge.put(claim)
    edge.counted()
    edge.run()

    assert held(edge) == first_come(claims)
    edge.loop.close()


def held(edge: Edge) -> set[Host]:
    """Whose VirtualServices live."""
    return {
        Host(namespace, "public", live["spec"]["hosts"][0])
        for (namespace, _), live in edge.live.items()
    }


class Holders(RuleBasedStateMachine):
    """Whatever is claimed, given up and taken away, and whenever the operator starts anew."""

    def __init__(self) -> None:
        super().__init__()
        self.edge = Edge()
        self.edge.counted()
        self.claims: dict[tuple[str, str], Claim] = {}

    @override
    def teardown(self) -> None:
        self.edge.loop.close()

    @rule(namespace=NAMESPACES, name=NAMES, site=SITES, created=AGES, path=st.sampled_from("xy"))
    def claims_one(self, namespace: str, name: str, site: Site, created: str, path: str) -> None:
        """Somebody wants a host, perhaps in place of another."""
        before = self.claims.get((namespace, name))
        born = before.claimant.created if before else created
        claim = claim_of(namespace, name, site, born, path)
        self.claims[namespace, name] = claim
        self.edge.put(claim)

    @rule(namespace=NAMESPACES, name=NAMES)
    def is_deleted(self, namespace: str, name: str) -> None:
        """Somebody wants nothing any more."""
        if self.claims.pop((namespace, name), None):
            self.edge.unclaim(name, namespace)

    @rule(data=st.data())
    def loses(self, data: DataObject) -> None:
        """Somebody else deletes a VirtualService."""
        if hosts := sorted(held(self.edge)):
            host = data.draw(st.sampled_from(hosts))
            self.edge.lose(host.site, host.namespace)

    @rule()
    def works(self) -> None:
        """Every pass that is asked for is made; nobody waits in vain for what he could have."""
        self.edge.run()

        holders = held(self.edge)
        for claim in self.claims.values():
            host = Host.of(claim.claimant.namespace, claim.site)
            taken = any(overlap(host, other) for other in holders)
            assert (host in holders) is not taken
            trouble = self.edge.trouble(claim.claimant.name, claim.claimant.namespace)
            assert trouble == ("HostTaken" if taken else "")

    @rule()
    def starts_anew(self) -> None:
        """Another process hears of one after the other; it changes nothing."""
        self.edge.run()
        self.edge.start()
        for claim in self.claims.values():
            self.edge.put(claim)
            assert self.edge.run() == []
        self.edge.counted()
        assert self.edge.run() == []

    @invariant()
    def one_namespace_holds_a_host(self) -> None:
        """Never two, at any moment."""
        holders, hosts = held(self.edge), Hosts()
        for host in holders:
            hosts.add(host)
        rivals = {host: set(hosts.rivals(host)) for host in holders}
        assert rivals == {
            host: {other for other in holders if overlap(host, other)} for host in holders
        }
        assert not any(rivals.values())


Holders.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestHolders = Holders.TestCase
