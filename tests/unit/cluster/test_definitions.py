"""Which kinds of other products are there, as their definitions tell."""

from __future__ import annotations

import asyncio
import json

from microservice_operator.cluster.definitions import Definitions
from microservice_operator.model.kinds import DEFINITION, Kind
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, in_turn, refused

RULE = Kind("mesh.example/v1", "Rule", "rules", "Mesh")
ROUTE = Kind("mesh.example/v1", "Route", "routes", "Mesh")


class Told:
    """Definitions, and how often somebody was told that they have changed."""

    def __init__(self) -> None:
        self.times = 0
        self.definitions = Definitions((RULE, ROUTE), self._count)

    def lists(self, *names: str) -> None:
        """The watch lists these."""
        self.definitions.listed(DEFINITION, "", "1", map(raw, names))

    def _count(self) -> None:
        self.times += 1


def raw(name: str, *, leaving: bool = False) -> bytes:
    """The metadata of a definition."""
    metadata = {"name": name, "deletionTimestamp": "2026-01-01T00:00:00Z" if leaving else None}
    return json.dumps({"metadata": metadata}).encode()


def test_a_product_is_there_with_all_its_kinds() -> None:
    """Half of a mesh serves nobody; and what no kind belongs to is never there."""
    told = Told()
    told.lists("rules.mesh.example", "others.example")
    assert not told.definitions.brings("Mesh")

    told.definitions.seen(DEFINITION, raw("routes.mesh.example"))

    assert told.definitions.brings("Mesh")
    assert not told.definitions.brings("Moon")


def test_a_definition_that_is_being_deleted_is_gone() -> None:
    """Nothing of its kind can be created any more."""
    told = Told()
    told.lists("rules.mesh.example", "routes.mesh.example")

    told.definitions.seen(DEFINITION, raw("rules.mesh.example", leaving=True))
    told.definitions.gone(DEFINITION, raw("rules.mesh.example"))

    assert told.definitions.there == {ROUTE}
    assert told.times == 2


def test_strangers_concern_nobody() -> None:
    """Clusters have hundreds of them."""
    told = Told()
    told.lists("others.example")
    told.definitions.seen(DEFINITION, raw("more.example"))
    told.definitions.gone(DEFINITION, raw("more.example"))

    assert told.times == 0


def test_one_can_wait_for_a_kind_to_come_and_to_go() -> None:
    """What else changes does not end the wait."""

    async def main() -> list[bool]:
        told = Told()
        coming = asyncio.ensure_future(told.definitions.until(RULE, there=True))
        await asyncio.sleep(0)
        told.lists("routes.mesh.example")
        await asyncio.sleep(0)
        early = coming.done()
        told.lists("routes.mesh.example", "rules.mesh.example")
        await coming
        going = asyncio.ensure_future(told.definitions.until(RULE, there=False))
        told.lists()
        await going
        return [early, coming.done(), going.done()]

    assert run(main()) == [False, True, True]


def test_who_may_not_watch_asks() -> None:
    """With rights in namespaces only; a server that does not answer changes nothing.

    One that has just started has no custom resources for a moment: that is no end of a mesh.
    """
    rules = {"resources": [{"name": "rules"}, {"name": "rules/status"}]}

    async def main() -> list[object]:
        told, found = Told(), list[object]()
        for says in ([rules], [refused(503)], [refused(404), rules], [refused(404)] * 2):
            answers = Answers(in_turn(says))
            await told.definitions.ask(answers)
            assert len(answers.sent) == len(says)
            found.append(told.definitions.there)
        return found

    assert run(main()) == [{RULE}] * 3 + [frozenset()]
