"""How much fits in one object: a host of very many is never refused as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from microservice_operator.routing.live import by_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from microservice_operator.model.app import Manifest
    from microservice_operator.routing.claims import Rule

Route = tuple[str, str]
"""A route by the uid of its Microservice and its name."""

# The server keeps objects of up to 1.5 MB; the rest is for what it and others write beside.
MOST = 1_000_000
# What a Microservice takes beside its rules, as one of the owners.
OF_AN_OWNER = 200


class Room:
    """Lets whole routes in as long as they fit; what is live already stays in any case."""

    def __init__(self, wanted: Iterable[tuple[str, Rule]], live: Sequence[Manifest]) -> None:
        self._needs = Counter[Route]()
        self._wanted: dict[Route, list[Manifest]] = {}
        for uid, rule in wanted:
            self._needs[uid, rule.name] += rule.size
            self._wanted.setdefault((uid, rule.name), []).append(rule.route)
        owners = len({uid for uid, _ in self._needs})
        self._left = MOST
        self.short = self._needs.total() + OF_AN_OWNER * owners > MOST
        self._live = by_route(live if self.short else ())
        self._inside: set[Route] = set()
        self._owners: set[str] = set()

    def has(self, route: Route) -> bool:
        """Whether all of it is live as it is; of no interest where all fit."""
        _, name = route
        live = self._live.get(name, ())
        return all(entry in live for entry in self._wanted[route])

    def takes(self, route: Route) -> bool:
        """Whether a route fits; if so it is inside."""
        uid, _ = route
        if not self.short or route in self._inside:
            return True
        needs = self._needs[route] + (0 if uid in self._owners else OF_AN_OWNER)
        if needs > self._left and not self.has(route):
            return False
        self._left -= needs
        self._inside.add(route)
        self._owners.add(uid)
        return True
