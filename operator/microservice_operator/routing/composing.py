"""One list of rules for a host, made of what all its claimants want."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.routing.live import by_route, owner
from microservice_operator.routing.precedence import rules
from microservice_operator.routing.room import Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microservice_operator.model.app import Manifest
    from microservice_operator.routing.claims import Claim, Claimant, Rule, Site
    from microservice_operator.routing.room import Route


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """A rule that is not served, and whose rule has its match; both as `<microservice>.<route>`."""

    rule: str
    holder: str
    """Empty where it has its match to itself, but there is no room for it."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What a host serves, and of whom what is not."""

    http: tuple[Manifest, ...]
    lost: Mapping[str, tuple[Conflict, ...]]
    """By the uid of the Microservice whose rules these are."""


@dataclass(frozen=True, slots=True)
class _Wish:
    claimant: Claimant
    rule: Rule
    number: int
    carried: bool

    @property
    def route(self) -> Route:
        """What it is a wish for."""
        return self.claimant.uid, self.rule.name

    @property
    def age(self) -> tuple[object, ...]:
        """The elder Microservice's first, then by name; those of one in the order of its spec."""
        return self.claimant.created, self.claimant.name, self.number

    @property
    def place(self) -> tuple[object, ...]:
        """The particular ones first; then the elder Microservice's, then by name."""
        created, name = self.claimant.created, self.claimant.name
        return (self.rule.rank, created, name, self.rule.name, self.number)


def compose(site: Site, claims: Iterable[Claim], live: Sequence[Manifest]) -> Composed:
    """Serve every rule whose match nobody else has, as far as there is room.

    `live` is what is served until now.
    """
    wishes = [wish for claim in claims if claim.site == site for wish in _wishes(claim, live)]
    wishes.sort(key=lambda wish: wish.age)
    taken: dict[str, Route] = {}
    served, refused = list[_Wish](), list[_Wish]()
    room = Room(((wish.claimant.uid, wish.rule) for wish in wishes), live)
    for wish in _first_come(wishes, live, room):
        if _holders(wish, taken) or not room.takes(wish.route):
            refused.append(wish)
        else:
            taken.update(dict.fromkeys(wish.rule.matches, wish.route))
            served.append(wish)
    served.sort(key=lambda wish: wish.place)
    refused.sort(key=lambda wish: wish.age)
    return Composed(tuple(wish.rule.route for wish in served), _lost(refused, taken))


def _holders(wish: _Wish, taken: Mapping[str, Route]) -> set[str]:
    """The other routes that have one of its matches."""
    routes = {taken[match] for match in wish.rule.matches if match in taken}
    return {name for _, name in routes - {wish.route}}


def _lost(refused: Iterable[_Wish], taken: Mapping[str, Route]) -> dict[str, tuple[Conflict, ...]]:
    """Told when all is decided, and so the same whoever was asked first."""
    lost: dict[str, dict[Conflict, None]] = {}
    for wish in refused:
        conflict = Conflict(wish.rule.name, min(_holders(wish, taken), default=""))
        lost.setdefault(wish.claimant.uid, {})[conflict] = None
    return {uid: tuple(conflicts) for uid, conflicts in lost.items()}


def _wishes(claim: Claim, live: Sequence[Manifest]) -> Iterable[_Wish]:
    found: Iterable[Rule] = claim.rules
    if claim.carried:
        found = _live(entry for entry in live if owner(entry) == claim.claimant.name)
    elif claim.kept:
        wanted = {match for rule in claim.rules for match in rule.matches}
        kept = _live(entry for entry in live if entry.get("name") in claim.kept)
        found = (*found, *(rule for rule in kept if not rule.matches & wanted))
    return [_Wish(claim.claimant, each, n, claim.carried) for n, each in enumerate(found)]


def _live(entries: Iterable[Manifest]) -> list[Rule]:
    return [rule for route in by_route(entries).values() for rule in rules(route)]


def _first_come(wishes: list[_Wish], live: Sequence[Manifest], room: Room) -> list[_Wish]:
    """Who is asked first: who is carried, then who has been served so far, then the elder.

    Only where two routes want the same, or there is no room for all, does it matter what is live.
    Of one Microservice's own a route that is served is asked before one that is not, so that the
    next look comes to the same end.
    """
    routes = {wish.route: wish.rule.matches for wish in wishes}
    wanted = Counter(match for matches in routes.values() for match in matches)
    if max(wanted.values(), default=1) == 1 and not room.short:
        return wishes
    known = [(rule, match) for rule in _live(live) for match in rule.matches]
    held = {(rule.name, match) for rule, match in known}
    owned = {(owner(rule.route), match) for rule, match in known}

    def turn(wish: _Wish) -> tuple[bool, bool, int, bool]:
        own = [(wish.claimant.name, match) in owned for match in wish.rule.matches]
        same = all((wish.rule.name, match) in held for match in wish.rule.matches)
        new = room.short and not room.has(wish.route)
        return not wish.carried, new, 0 if all(own) else 1 if any(own) else 2, not same

    return sorted(wishes, key=turn)
