"""The repair of what an apply cannot remove: one JSON patch that undoes all differences at once.

Server-side apply removes only what the applying manager owns. An item that somebody put into one
of our lists would stay beside the re-applied one, and the server may refuse the two together for
ever: an edited port of a Service is answered with 422 until somebody removes it.

What a patch changes is ours by `Update` from then on, and no later apply removes it. So
`differences` looks at both, and a repair also removes what an earlier one has brought back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.plan.handover import REPLICAS
from microservice_operator.plan.manifest import ABSENT, Item
from microservice_operator.plan.ownership import disowned, entries, is_ours, owners
from microservice_operator.plan.schema import KINDS, OTHER
from microservice_operator.plan.shapes import Granular, Keyed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from microservice_operator.plan.difference import Difference
    from microservice_operator.plan.manifest import Json, Manifest, Path
    from microservice_operator.plan.shapes import Shape

    Operation = dict[str, Any]

LISTS = (list, tuple)  # builders may write either


def repair(desired: Manifest, live: Manifest, found: Sequence[Difference]) -> tuple[Operation, ...]:
    """The operations (RFC 6902) that undo all differences; none when an apply is enough.

    They are answered with 409 if the object has changed since it was read: a `test` that fails
    would be answered with 422, as an invalid object is.
    """
    if not any(difference.foreign for difference in found):
        return ()
    undone = [difference for difference in found if not _only_let_go(live, difference)]
    healing = _Healing(undone)
    shape = KINDS.get(desired["kind"], OTHER)
    return (
        _replace("/metadata/resourceVersion", live["metadata"]["resourceVersion"]),
        *healing.operations(desired, live, shape, (), ""),
        *_disown(live, undone, found),
    )


class _Healing:
    """One walk over a desired and a live object, side by side, to where they differ."""

    def __init__(self, undone: Sequence[Difference]) -> None:
        self._undone = {difference.where: difference for difference in undone}
        self._lists = {path[:-1] for path in self._undone if isinstance(path[-1], Item)}

    def operations(
        self, ours: Json, theirs: Json, shape: Shape, path: Path, at: str
    ) -> Iterator[Operation]:
        """Set or remove whole fields, so that no item changes its place before it is used."""
        if path in self._undone or path in self._lists:
            value = self._healed(ours, theirs, shape, path)
            set_it = {"op": "add", "path": at, "value": value}
            yield {"op": "remove", "path": at} if value is ABSENT else set_it
        elif isinstance(shape, Granular) and isinstance(theirs, dict):
            for name in {**theirs, **ours}:
                mine, other = ours.get(name, {}), theirs.get(name, ABSENT)
                inner, below = shape.inner(name, other), f"{at}/{_escaped(name)}"
                yield from self.operations(mine, other, inner, (*path, name), below)
        elif isinstance(shape, Keyed) and isinstance(theirs, list):
            wanted = {shape.key(item): item for item in ours}
            for index, item in enumerate(theirs):
                key = shape.key(item)
                step, mine = (*path, shape.named(key)), wanted.get(key, {})
                yield from self.operations(mine, item, shape.item, step, f"{at}/{index}")

    def _healed(self, ours: Json, theirs: Json, shape: Shape, path: Path) -> Json:
        """What has to be there: ours where it differs, and what others have everywhere else."""
        difference = self._undone.get(path)
        keyed = isinstance(shape, Keyed) and isinstance(theirs, list)
        if difference and not (keyed and isinstance(difference.ours, LISTS)):
            return difference.ours
        if isinstance(shape, Keyed) and keyed:
            return self._items(ours, theirs, shape, path)
        if isinstance(shape, Granular) and isinstance(theirs, dict):
            members = {
                name: self._healed(
                    ours.get(name, {}),
                    other := theirs.get(name, ABSENT),
                    shape.inner(name, other),
                    (*path, name),
                )
                for name in {**theirs, **ours}
            }
            return {name: value for name, value in members.items() if value is not ABSENT}
        return theirs

    def _items(
        self, ours: Sequence[Manifest], theirs: Sequence[Manifest], shape: Keyed, path: Path
    ) -> list[Json]:
        """Our items in our order, and each of the others behind the one that it stood behind."""
        wanted = {shape.key(item): item for item in ours}
        there = {shape.key(item): item for item in theirs}

        def healed(key: tuple[Any, ...]) -> Json:
            its, other = wanted.get(key, {}), there.get(key, ABSENT)
            return self._healed(its, other, shape.item, (*path, shape.named(key)))

        order = list(wanted)
        behind = 0
        for key in there:
            if key in wanted:
                behind = order.index(key) + 1
            elif healed(key) is not ABSENT:
                order.insert(behind, key)
                behind += 1
        return [healed(key) for key in order]


def _only_let_go(live: Manifest, difference: Difference) -> bool:
    """Whether our share is given up of what others want to keep."""
    if difference.ours is not ABSENT:
        return False
    if difference.where == REPLICAS:
        return True
    return not difference.foreign and not all(map(is_ours, owners(live, difference.where)))


def _disown(
    live: Manifest, undone: Sequence[Difference], found: Sequence[Difference]
) -> Iterator[Operation]:
    """A field that returns with its default has not changed to the server, nor has its owner."""
    removed = [each.where for each in undone if each.ours is ABSENT]
    fields = [path for path in removed if isinstance(path[-1], str)]
    let_go = [each.where for each in found if each.where == REPLICAS and each.ours is ABSENT]
    left = disowned(live, fields, let_go)
    if left != entries(live):
        yield _replace("/metadata/managedFields", left)


def _replace(at: str, value: object) -> Operation:
    return {"op": "replace", "path": at, "value": value}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
