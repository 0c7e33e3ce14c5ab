from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.store import Store
from microservice_operator.engine.claims import Claims
from microservice_operator.engine.exposures import PATIENCE, Exposures
from microservice_operator.engine.microservices import Known
from microservice_operator.engine.queue import Key, Priority
from microservice_operator.engine.roll import Roll
from microservice_operator.engine.served import NOTHING
from microservice_operator.errors import Invalid
from microservice_operator.model.kinds import MICROSERVICE, VIRTUAL_SERVICE
from microservice_operator.routing.claims import Site
from microservice_operator.routing.holding import Host
from microservice_operator.status import Answer, Endpoint, Trouble
from microservice_operator.status.reasons import Reason
from tests import apps
from tests.unit.clock import FakeTimeLoop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.engine.queue import Work

KEY = Key("shop", "orders")
SITE, OTHER = Site("public", "api.shop.example"), Site("public", "other.shop.example")
WEB = {"name": "web", "gateway": "public", "hosts": [SITE.host]}
SERVED = Answer(Endpoint("public", "https://api.shop.example"))


class Fixture:
    """One Microservice that exposes itself, and what is asked of hosts."""

    def __init__(self) -> None:
        self.asked: set[Work] = set()
        self.store = Store(lambda *_, urgent: None)  # noqa: ARG005  of a Wake
        self.claims, self.roll = Claims(), Roll((), self.asked.add)
        self.exposures = Exposures(self.claims, self.roll, self.store, self._ask, lambda _: NOTHING)
        self.loop = FakeTimeLoop()
        self.known = Known(apps.body(exposure=[WEB]))

    def _ask(self, work: Work, _: Priority) -> None:
        self.asked.add(work)

    def understood(self, **spec: Any) -> None:
        """A pass has understood a spec, which has a host unless it says otherwise."""
        app = apps.meshed(**{"exposure": [WEB], **spec})
        self.exposures.understood(KEY, self.known, app)

    def live(self, site: Site, uid: str) -> None:
        """Something serves a site, and this one has a share of it."""
        owner = {"apiVersion": MICROSERVICE.api_version, "kind": "Microservice"}
        metadata = {
            "name": site.host,
            "namespace": "shop",
            "uid": site.host,
            "resourceVersion": "1",
            "labels": {"microservices.dev/gateway": site.gateway},
            "annotations": {"microservices.dev/host": site.host},
            "ownerReferences": [{**owner, "name": "orders", "uid": uid}],
        }
        self.store.seen(VIRTUAL_SERVICE, json.dumps({"metadata": metadata, "spec": {}}).encode())

    @property
    def carried(self) -> set[Site]:
        """The sites of which what is live is to stay."""
        sites = (Host.of("shop", site) for site in self.claims.sites(KEY))
        return {claim.site for host in sites for claim in self.claims.at(host) if claim.carried}

    def says(self) -> list[Answer] | None:
        """What a status would be made of now; None while it has to wait."""

        async def main() -> list[Answer] | None:
            routing = self.exposures.routing(KEY)
            return list(routing.answers) if routing else None

        return self.loop.run_until_complete(main())


@pytest.fixture
def fixture() -> Iterator[Fixture]:
    """All namespaces are counted."""
    made = Fixture()
    made.roll.counted("", seen=True)
    yield made
    made.loop.close()


def test_who_wants_a_host_asks_for_a_pass_over_it(fixture: Fixture) -> None:
    """Once, and again when it wants something else of it, or it no more."""
    host = Host.of("shop", SITE)
    fixture.understood()
    assert fixture.asked == {host}
    fixture.asked.clear()

    fixture.understood()
    assert fixture.asked == set()

    fixture.understood(exposure=[{**WEB, "hosts": [OTHER.host]}])
    assert fixture.asked == {host, Host.of("shop", OTHER)}
    fixture.asked.clear()

    fixture.exposures.gone(KEY)
    assert fixture.asked == {Host.of("shop", OTHER)}


def test_a_change_of_no_route_asks_for_nothing(fixture: Fixture) -> None:
    """Most edits are such."""
    fixture.understood()
    fixture.asked.clear()

    fixture.understood(replicas=3, image="registry.example/orders:2")

    assert fixture.asked == set()


@pytest.mark.parametrize("mode", ["Paused", "Plan"])
def test_what_is_not_to_change_is_carried(fixture: Fixture, mode: str) -> None:
    """What was claimed, and what is live although nobody remembers it; others' is not."""
    fixture.live(OTHER, apps.UID)
    fixture.live(Site("public", "others.example"), "somebody else")
    fixture.understood(mode=mode)

    assert fixture.carried == {SITE, OTHER}


def test_who_has_not_arrived_changes_nothing_yet(fixture: Fixture) -> None:
    """What may be live of its name stays; but it wants the host already."""
    app = replace(apps.meshed(exposure=[WEB]), arrived=False)
    fixture.exposures.understood(KEY, fixture.known, app)

    [claim] = fixture.claims.at(Host.of("shop", SITE))
    assert claim.carried
    assert claim.rules


@pytest.mark.parametrize("refused", [Invalid("no"), None], ids=["invalid", "a bug of ours"])
def test_what_an_invalid_spec_has_is_carried(fixture: Fixture, refused: Invalid | None) -> None:
    """Nobody knows what it wants instead."""
    fixture.understood()
    fixture.live(OTHER, apps.UID)
    fixture.exposures.understood(KEY, fixture.known, refused)

    assert fixture.carried == {SITE, OTHER}


def test_who_is_deleted_wants_nothing_unless_its_children_stay(fixture: Fixture) -> None:
    """Its rules go before its pods do; with --cascade=orphan nothing does."""
    fixture.understood()
    leaving = fixture.known.body["metadata"] | {"deletionTimestamp": "now"}
    known = Known({**fixture.known.body, "metadata": {**leaving, "finalizers": ["orphan"]}})
    fixture.exposures.leaves(KEY, known)
    assert fixture.carried == {SITE}

    fixture.exposures.leaves(KEY, Known({**fixture.known.body, "metadata": leaving}))
    assert fixture.claims.sites(KEY) == set()


def test_a_status_waits_for_its_answer(fixture: Fixture) -> None:
    """For a while: it would have to be corrected at once."""
    fixture.understood()
    assert fixture.says() is None

    told = fixture.claims.answer(Host.of("shop", SITE), {KEY: SERVED})
    assert told == [KEY]
    assert fixture.says() == [SERVED]


def test_who_is_about_to_ask_is_not_told(fixture: Fixture) -> None:
    """A pass that is still at work sees the answer in its end: it need not be made again."""
    fixture.understood()
    assert fixture.claims.answer(Host.of("shop", SITE), {KEY: SERVED}) == []
    assert fixture.says() == [SERVED]

    news = Answer(trouble=Trouble(Reason.HOST_TAKEN, "gone"))
    assert fixture.claims.answer(Host.of("shop", SITE), {KEY: news}) == [KEY]


def test_a_status_does_not_wait_for_ever(fixture: Fixture) -> None:
    """The server may be away; then that the host is about to be served is true."""
    fixture.understood()
    assert fixture.says() is None
    fixture.loop.advance(PATIENCE)

    [answer] = fixture.says() or []
    assert answer.trouble
    assert answer.trouble.reason == "Settling"


def test_what_was_served_is_not_taken_for_what_is_wanted_now(fixture: Fixture) -> None:
    """While an edit cannot be written, the old routes serve, and nobody calls that done."""
    fixture.understood()
    fixture.claims.answer(Host.of("shop", SITE), {KEY: SERVED})
    fixture.understood(exposure=[{**WEB, "routes": [{"name": "new"}]}])
    assert fixture.says() is None
    fixture.loop.advance(PATIENCE)

    [answer] = fixture.says() or []
    assert answer.endpoint == SERVED.endpoint
    assert answer.trouble
    assert answer.trouble.reason == "Settling"


def test_after_a_start_a_status_waits_until_all_are_understood(fixture: Fixture) -> None:
    """What it says already is still true, whatever time that takes."""
    fixture.roll.begin([KEY, Key("shop", "carts")])
    fixture.understood()
    assert fixture.says() is None
    fixture.loop.advance(10 * PATIENCE)
    assert fixture.says() is None

    fixture.roll.understood(Key("shop", "carts"))
    assert fixture.says() is not None


def test_who_wants_no_host_waits_for_nothing(fixture: Fixture) -> None:
    """The common case costs nothing."""
    fixture.understood(exposure=[])

    assert fixture.says() == []
    assert fixture.asked == set()
