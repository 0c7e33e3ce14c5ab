"""Who owns which field of a live object, as `metadata.managedFields` tells."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from microservice_operator.plan.manifest import Item, Manifest, Path

    Owned = Mapping[str, Any]

FIELD_MANAGER = MANAGER
HANDOVER_MANAGER = f"{MANAGER}/handover"
# By these people change objects by hand; whoever else adds to an object is a controller.
PEOPLE = ("kubectl", "k9s", "lens", "Lens", "freelens", "headlamp", "curl", "Mozilla")


def entries(live: Manifest) -> list[Manifest]:
    """One entry for each manager and operation."""
    found: list[Manifest] = live["metadata"].get("managedFields", [])
    return found


def is_ours(entry: Manifest) -> bool:
    """Whether our applies or our repairs made this entry."""
    return entry["manager"] == FIELD_MANAGER and "subresource" not in entry


def by_apply(entry: Manifest) -> bool:
    """Whether our applies made this entry: only what stands here will a later apply remove."""
    return is_ours(entry) and entry["operation"] == "Apply"


def by_people(entry: Manifest) -> bool:
    """Whether somebody wrote this with kubectl; scaling goes through a subresource and may."""
    manager: str = entry["manager"]
    return manager.startswith(PEOPLE) and "subresource" not in entry


def owned(live: Manifest) -> Owned:
    """The tree of the fields that are ours, by apply or by repair."""
    trees = [entry["fieldsV1"] for entry in entries(live) if is_ours(entry)]
    return reduce(_merged, trees) if trees else {}


def owners(live: Manifest, path: Path) -> Iterator[Manifest]:
    """The entries that own this path or something below it."""
    return (entry for entry in entries(live) if _reaches(entry["fieldsV1"], path))


def changed_by(live: Manifest, path: Path) -> str:
    """The manager who wrote this path last and is not us; empty if there is none.

    A removal leaves no trace.
    """
    us = {FIELD_MANAGER, HANDOVER_MANAGER}
    others = [entry for entry in owners(live, path) if entry["manager"] not in us]
    last = max(others, key=lambda entry: entry.get("time", ""), default=None)
    return last["manager"] if last else ""


@lru_cache(maxsize=4096)
def keys_of(member: str) -> tuple[Any, ...]:
    """The values of an item's keys, in the order of the keys' names."""
    keys = json.loads(member.removeprefix("k:"))
    return tuple([keys[name] for name in sorted(keys)])


def member(fields: Owned, step: str | Item) -> str:
    """How a step of a path is called among these fields, or would be called."""
    if isinstance(step, str):
        return f"f:{step}"
    values = tuple(value for _, value in step.keys)
    spelled = (name for name in fields if name.startswith("k:") and keys_of(name) == values)
    return next(spelled, None) or "k:" + json.dumps(dict(step.keys), separators=(",", ":"))


def disowned(live: Manifest, paths: Sequence[Path], let_go: Sequence[Path] = ()) -> list[Manifest]:
    """The entries without these paths, as if nobody, or not we, had ever set them."""
    left = deepcopy(entries(live))
    for entry in left:
        for path in (*paths, *let_go) if is_ours(entry) else paths:
            _drop(entry["fieldsV1"], path)
    return [entry for entry in left if entry["fieldsV1"]]


def _drop(fields: dict[str, Any], path: Path) -> None:
    """Take a path out, and the branches that led only there: an empty one would own the whole."""
    name = member(fields, path[0])
    if name in fields:
        if rest := path[1:]:
            _drop(fields[name], rest)
        if not rest or not fields[name]:
            del fields[name]


def _merged(one: Owned, other: Owned) -> Owned:
    shared = {name: _merged(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _reaches(fields: Owned, path: Path) -> bool:
    for step in path:
        name = member(fields, step)
        if name not in fields:
            return False
        fields = fields[name]
    return True
