"""How the server merges a value: the words in which the table of `schema` is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from microservice_operator.plan.manifest import Item

Fields = Mapping[str, Any]
Rivals = Callable[[Fields], Iterable[str]]


class Extra(Enum):
    """What becomes of a field or an item that nobody here asked for."""

    KEPT = auto()  # anybody may add
    SHARED = auto()  # controllers may add, people with kubectl may not
    REMOVED = auto()  # the whole is ours


def no_rivals(_: Fields) -> tuple[str, ...]:
    """Most fields can stand beside each other."""
    return ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit, which the server writes in a form of its own."""


@dataclass(frozen=True, slots=True)
class Atomic:
    """A list or a map that is replaced as a whole; `defaults` are what the server adds within.

    `each` is for the items of a list and for the fields not named.
    """

    of: Mapping[str, Whole] = field(default_factory=dict)
    each: Whole | None = None
    defaults: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Granular:
    """An object or a map that is merged field by field; `each` is for the fields not named.

    Rivals are fields that the server refuses beside the desired ones: a plain apply would be
    rejected for ever. `kept` are fields that anybody may add, `never` those that nobody
    may, because they would open the node to the pod. `defaults` are what fields are worth
    when nobody sets them: the server fills them in, or leaves them out.
    """

    of: Mapping[str, Shape] = field(default_factory=dict)
    each: Shape | None = None
    extra: Extra = Extra.SHARED
    rivals: Rivals = no_rivals
    kept: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    defaults: Fields = field(default_factory=dict)

    def inner(self, name: str, value: object) -> Shape:
        """How a field of this value is merged."""
        below = OURS if self.extra is Extra.REMOVED else GRANULAR  # what is ours is so all the way
        return self.of.get(name) or self.each or (below if isinstance(value, dict) else ATOMIC)

    def is_default(self, name: str, value: object) -> bool:
        """Whether the field is worth this when nobody sets it."""
        return name in self.defaults and self.defaults[name] == value

    def policy(self, name: str, rivals: Iterable[str]) -> Extra:
        """What becomes of this field when it is not desired."""
        if name in rivals or name in self.never:
            return Extra.REMOVED
        return Extra.KEPT if name in self.kept else self.extra


@dataclass(frozen=True, slots=True)
class Keyed:
    """An associative list: its items are merged by the values of `keys`, which are sorted."""

    keys: tuple[str, ...]
    item: Shape = field(default_factory=Granular)
    extra: Extra = Extra.REMOVED
    defaults: Fields = field(default_factory=dict)

    def key(self, item: Fields) -> tuple[Any, ...]:
        """What tells this item from the others of its list."""
        return tuple([item.get(key, self.defaults.get(key)) for key in self.keys])

    def named(self, key: tuple[Any, ...]) -> Item:
        """The step of a path that leads to the item with this key."""
        return Item(tuple(zip(self.keys, key, strict=True)))


Whole = Atomic | Quantity
Shape = Granular | Keyed | Whole

GRANULAR = Granular()
OURS = Granular(extra=Extra.REMOVED)
ATOMIC = Atomic()
QUANTITY = Quantity()
