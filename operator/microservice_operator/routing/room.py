"""How much fits in one object: a host of very many is never refused as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from microservice_operator.routing.live import by_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from microservice_operator.model.app import Manifest
    from microservice_operator.routing.claims import Rule

# The server keeps objects of up to 1.5 MB; the rest is for what it and others write beside.
MOST = 1_000_000
# What a Microservice takes beside its rules, as one of the owners.
OF_AN_OWNER = 200


class Room:
    """Lets whole routes in as long as they fit; what is live already stays in any case."""

    def __init__(self, wanted: Iterable[tuple[str, Rule]], live: Sequence[Manifest]) -> None:
        self._needs = Counter[tuple[str, str]]()
        for uid, rule in wanted:
            self._needs[uid, rule.name] += rule.size
        owners = len({uid for uid, _ in self._needs})
        self._left = MOST
        self.short = self._needs.total() + OF_AN_OWNER * owners > MOST
        self._live = by_route(live if self.short else ())
        self._inside: set[tuple[str, str]] = set()
        self._owners: set[str] = set()

    def has(self, rule: Rule) -> bool:
        """Whether it is live as it is; of no interest where all fit."""
        return rule.route in self._live.get(rule.name, ())

    def takes(self, uid: str, rule: Rule) -> bool:
        """Whether the route of this rule fits; if so it is inside."""
        route = (uid, rule.name)
        if not self.short or route in self._inside:
            return True
        needs = self._needs[route] + (0 if uid in self._owners else OF_AN_OWNER)
        if needs > self._left and not self.has(rule):
            return False
        self._left -= needs
        self._inside.add(route)
        self._owners.add(uid)
        return True
