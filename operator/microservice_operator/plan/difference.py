"""What a live object lacks, has otherwise or has too much, compared with the desired one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.plan.atomic import same
from microservice_operator.plan.handover import REPLICAS
from microservice_operator.plan.manifest import ABSENT, Item, readable
from microservice_operator.plan.ownership import (
    by_apply,
    by_people,
    entries,
    is_ours,
    keys_of,
    owned,
    owners,
)
from microservice_operator.plan.schema import KINDS, OTHER
from microservice_operator.plan.shapes import Extra, Granular, Keyed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from microservice_operator.plan.manifest import Json, Manifest, Path
    from microservice_operator.plan.shapes import Shape

    Items = Sequence[Manifest]
    Owned = Mapping[str, Any]

TYPE = ("apiVersion", "kind")  # the items of a list come without


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not as desired; `foreign` if an apply alone cannot remove it."""

    where: Path
    ours: object
    theirs: object
    foreign: bool = False

    @property
    def path(self) -> str:
        """Where it is, for people."""
        return readable(self.where)


def differences(desired: Manifest, live: Manifest) -> list[Difference]:
    """Everything that keeps the live object from being as desired.

    What others add is no difference unless it stands in a list or map that is wholly ours, or
    somebody added it with kubectl. What we once wrote and no longer desire is one.
    """
    comparison = _Comparison(live)
    ours = {name: value for name, value in desired.items() if name not in TYPE}
    shape = KINDS.get(desired["kind"], OTHER)
    comparison.fields(ours, live, owned(live), shape, ())
    return comparison.found


class _Comparison:
    """One walk over a desired and a live object and over what we own of it."""

    def __init__(self, live: Manifest) -> None:
        self.found: list[Difference] = []
        self._live = live
        self._people = any(map(by_people, entries(live)))

    def fields(
        self, ours: Manifest, theirs: Manifest, mine: Owned, shape: Granular, path: Path
    ) -> None:
        """Compare what is merged field by field."""
        matched = int("." in mine)
        for name, value in ours.items():
            its = mine.get("f:" + name)
            matched += its is not None
            if name not in theirs:
                left_out = not value and its is not None  # empty, ours, and dropped by the server
                if not (left_out or shape.is_default(name, value)):
                    self._differ((*path, name), value, ABSENT)
            elif value != (other := theirs[name]):
                self._value(value, other, its, shape.inner(name, value), (*path, name))
        rivals = shape.rivals(ours)
        released = len(mine) > matched
        shared = self._people and shape.extra is Extra.SHARED
        forbidden = not shape.never.isdisjoint(theirs)
        if released or rivals or shared or forbidden or shape.extra is Extra.REMOVED:
            for name, other in theirs.items():
                if name not in ours and not shape.is_default(name, other):
                    inner, policy = shape.inner(name, other), shape.policy(name, rivals)
                    self._extra(other, inner, policy, (*path, name))

    def _value(
        self, ours: Json, theirs: Json, mine: Owned | None, shape: Shape, path: Path
    ) -> None:
        if isinstance(shape, Granular) and isinstance(theirs, dict):
            self.fields(ours, theirs, mine or {}, shape, path)
        elif isinstance(shape, Keyed) and isinstance(theirs, list):
            self._items(ours, theirs, mine or {}, shape, path)
        elif isinstance(shape, Granular | Keyed) or not same(
            ours, theirs, shape, kept=mine is not None
        ):
            self._differ(path, ours, theirs)

    def _items(self, ours: Items, theirs: Items, mine: Owned, shape: Keyed, path: Path) -> None:
        """Compare what is merged item by item: each by its keys, then their order."""
        wanted = {shape.key(item): item for item in ours}
        held = {keys_of(name): mine[name] for name in mine if name.startswith("k:")}
        there: dict[tuple[Any, ...], Manifest] = {}
        for item in theirs:
            key = shape.key(item)
            if key not in wanted:
                self._extra(item, shape.item, shape.extra, (*path, shape.named(key)))
                continue
            if key in there:
                self._differ((*path, shape.named(key)), wanted[key], item)
            elif item != wanted[key]:
                self._value(wanted[key], item, held.get(key), shape.item, (*path, shape.named(key)))
            there[key] = item
        for key, item in wanted.items():
            if key not in there:
                self._differ((*path, shape.named(key)), item, ABSENT)
        if list(there) != [key for key in wanted if key in there]:
            self._differ(path, ours, theirs)

    def _extra(self, theirs: Json, shape: Shape, policy: Extra, path: Path) -> None:
        """Judge what is live and not desired."""
        holders = list(owners(self._live, path))
        applied = any(map(by_apply, holders))
        people = policy is Extra.SHARED and any(map(by_people, holders))
        repaired = any(is_ours(holder) and not by_apply(holder) for holder in holders)
        alone = all(is_ours(holder) or (people and by_people(holder)) for holder in holders)
        parts = list(_parts(theirs, shape, path))
        stuck = people or repaired  # an apply would leave it
        if path == REPLICAS:  # the autoscaler's now: ours is only to let go of it
            if applied or repaired:
                self._differ(path, ABSENT, theirs, foreign=repaired)
        elif policy is Extra.REMOVED or (stuck and (alone or (people and not parts))):
            self._differ(path, ABSENT, theirs, foreign=not applied or len(holders) > 1)
        elif stuck and parts:
            for part, inner, place in parts:
                self._extra(part, inner, policy, place)
        elif applied:
            self._differ(path, ABSENT, theirs)

    def _differ(self, path: Path, ours: object, theirs: object, *, foreign: bool = False) -> None:
        self.found.append(Difference(path, ours, theirs, foreign))


def _parts(value: Json, shape: Shape, path: Path) -> Iterator[tuple[Json, Shape, Path]]:
    """The members of a value that managers can own one by one; an item is lost without its keys."""
    if isinstance(shape, Keyed):
        for item in value:
            yield item, shape.item, (*path, shape.named(shape.key(item)))
    elif isinstance(shape, Granular):
        keys = path[-1].names if isinstance(path[-1], Item) else ()
        for name, member in value.items():
            if name not in keys and not shape.is_default(name, member):
                yield member, shape.inner(name, member), (*path, name)
