"""How a partial spec, such as the platform's defaults, goes under a user's spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeGuard, get_args

from microservice_operator.api.bounds import Items
from microservice_operator.api.schema import Block, Choice
from microservice_operator.api.spec import Spec

Raw = Mapping[str, Any]


def fold(defaults: Raw, spec: Raw) -> dict[str, Any]:
    """Return `spec` with the `defaults` showing where it is silent, both as users write them.

    Maps merge, and so do keyed lists, item by item; all else that the spec has stays as it is:
    other lists, an empty list (which says "none"), and the chosen side of a choice.
    """
    return _maps(Spec, defaults, spec)


def _maps(block: type[Block] | None, defaults: Raw, given: Raw) -> dict[str, Any]:
    said = {name: value for name, value in given.items() if value is not None}
    for choice in block.choices if block else ():
        defaults = _conceded(choice, defaults, said)
    folded = {**given, **defaults, **said}
    for name in defaults.keys() & said.keys():
        inner, key = _shapes(block).get(name, (None, None)) if block else (None, None)
        folded[name] = _values(inner, key, defaults[name], said[name])
    return folded


def _values(block: type[Block] | None, key: str | None, default: object, given: object) -> object:
    if isinstance(default, Mapping) and isinstance(given, Mapping):
        return _maps(block, default, given)
    if key and given and _keyed(default, key) and _keyed(given, key):
        return _lists(block, key, default, given)
    return given


def _lists(block: type[Block] | None, key: str, defaults: list[Raw], given: list[Raw]) -> list[Raw]:
    """Merge item by item: first the items of the defaults, then what the user has beside them."""
    known = {item.get(key) for item in defaults}
    mine = {item.get(key): item for item in given}
    merged = [_maps(block, item, mine.get(item.get(key), {})) for item in defaults]
    return merged + [item for item in given if item.get(key) not in known]


def _keyed(items: object, key: str) -> TypeGuard[list[Raw]]:
    return isinstance(items, list) and all(
        isinstance(item, Mapping) and isinstance(item.get(key), str) for item in items
    )


def _conceded(choice: Choice, defaults: Raw, given: Raw) -> Raw:
    """Return the defaults without those that the user's side of a choice excludes.

    The fields of one side go together, but a side of a single field is replaced as a whole.
    """
    taken = choice.taken(given)
    if not taken:
        return defaults
    kept = {name for side in taken if len(side) > 1 for name in side}
    return {
        name: value
        for name, value in defaults.items()
        if name not in choice.members or name in kept
    }


@cache
def _shapes(block: type[Block]) -> dict[str, tuple[type[Block] | None, str | None]]:
    """Return, for each field, the block inside it and the key of its list."""
    shapes = {}
    for field in block.model_fields.values():
        parts = [*field.metadata, *_parts(field.annotation)]
        inner = [part for part in parts if isinstance(part, type) and issubclass(part, Block)]
        keys = [part.key for part in parts if isinstance(part, Items)]
        shapes[str(field.alias)] = (next(iter(inner), None), next(iter(keys), None))
    return shapes


def _parts(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
