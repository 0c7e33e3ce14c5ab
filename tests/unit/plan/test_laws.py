from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import jsonpatch
from hypothesis import assume, given
from hypothesis import strategies as st

from microservice_operator.plan import differences, repair
from microservice_operator.plan.schema import KINDS
from microservice_operator.plan.shapes import ATOMIC, Extra, Granular, Keyed, Shape
from tests.unit.plan import samples
from tests.unit.plan.samples import Object, entry, item_name, live

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[str | int, ...]

# An item without its keys, and an object without its name, is another one or none.
IDENTITIES = {"name", "uid", "containerPort", "port", "protocol", "mountPath", "topologyKey"}

DESIRED = [sample() for sample in samples.ALL]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """The way to everything within a value."""
    members: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in members:
        yield (*path, step)
        if isinstance(member, dict | list):
            yield from places(member, (*path, step))


def at(value: Any, place: Place) -> Any:
    """What is at this place."""
    for step in place:
        value = value[step]
    return value


def leaves(value: Object) -> list[Place]:
    """The way to every scalar below metadata, spec and data."""
    found = (place for place in places(value) if place[0] not in ("apiVersion", "kind"))
    return [place for place in found if not isinstance(at(value, place), dict | list)]


def open_objects(value: Any, shape: Shape, path: Place = ()) -> Iterator[Place]:
    """The objects in which the server and others may add fields of theirs."""
    if isinstance(shape, Keyed):
        for index, item in enumerate(value):
            yield from open_objects(item, shape.item, (*path, index))
    elif isinstance(shape, Granular) and isinstance(value, dict):
        if shape.extra is not Extra.REMOVED:
            yield path
        for name, member in value.items():
            yield from open_objects(member, shape.inner(name, member), (*path, name))


@st.composite
def with_place(draw: st.DrawFn, kind: str) -> tuple[Object, Place]:
    """A manifest and a leaf of it, or an object of it that is open to others."""
    desired = draw(st.sampled_from(DESIRED))
    found = open_objects(desired, KINDS[desired["kind"]]) if kind == "open" else leaves(desired)
    return desired, draw(st.sampled_from(list(found)))


@given(with_place("open"), st.one_of(st.none(), st.booleans(), st.text(), st.lists(st.integers())))
def test_additions_of_others_are_no_difference(where: tuple[Object, Place], value: object) -> None:
    """Whatever the server defaults and controllers add, an unchanged child costs nothing."""
    desired, place = where
    there = live(desired)
    at(there, place)["addedByOthers"] = value

    assert differences(desired, there) == []


@given(with_place("leaf"))
def test_every_edit_of_what_we_wrote_is_found(where: tuple[Object, Place]) -> None:
    """No field that we write can be changed behind our back."""
    desired, (*parents, last) = where
    there = live(desired)
    holder = at(there, tuple(parents))
    old = holder[last]
    holder[last] = f"{old}-edited" if isinstance(old, str) else old + 1

    assert differences(desired, there)


def way(value: Any, place: Place) -> Iterator[tuple[Shape, str | int, Any]]:
    """Each step to a place: how the value that it leaves is merged, and the value that it finds."""
    shape: Shape = KINDS[value["kind"]]
    for step in place:
        value = value[step]
        yield shape, step, value
        if isinstance(shape, Granular):
            shape = shape.inner(str(step), value)
        else:
            shape = shape.item if isinstance(shape, Keyed) else ATOMIC


def is_default(value: Object, place: Place) -> bool:
    """Whether the server would put the same in its place."""
    *_, (shape, name, leaf) = way(value, place)
    return isinstance(shape, Granular) and shape.is_default(str(name), leaf)


@given(with_place("leaf"))
def test_every_field_that_we_stop_to_write_is_found(where: tuple[Object, Place]) -> None:
    """No field that we once wrote stays for ever, whatever became of the spec meanwhile."""
    before, (*parents, last) = where
    assume(last not in IDENTITIES and not is_default(before, where[1]))
    desired = deepcopy(before)
    del at(desired, tuple(parents))[last]

    assert differences(desired, live(before))


# --------------------------------------------------------------------------------------- repairs


def keyed_lists(value: Any, shape: Shape, path: Place = ()) -> Iterator[tuple[Place, Keyed]]:
    """The associative lists within a value."""
    if isinstance(shape, Keyed):
        yield path, shape
        for index, item in enumerate(value):
            yield from keyed_lists(item, shape.item, (*path, index))
    elif isinstance(shape, Granular) and isinstance(value, dict):
        for name, member in value.items():
            yield from keyed_lists(member, shape.inner(name, member), (*path, name))


def stranger(shape: Keyed, name: str) -> Object:
    """An item that we do not have."""
    return dict.fromkeys(shape.keys, name)


def edited(value: Any) -> Any:
    """Another value of the same type."""
    return f"{value}-edited" if isinstance(value, str) else value + 1


def noted(there: Object, place: Place, fields: Object) -> None:
    """Let the server note that a person with kubectl owns these fields of what is at a place."""
    for shape, step, value in reversed(list(way(there, place))):
        name = item_name(shape, value) if isinstance(shape, Keyed) else f"f:{step}"
        fields = {name: fields}
    there["metadata"]["managedFields"].append(entry("kubectl-edit", fields))


@st.composite
def added_by_people(draw: st.DrawFn, known: Object, there: Object) -> Object:
    """The same object with an item, or a field of a known object, that a person has added."""
    there = deepcopy(there)
    shape = KINDS[there["kind"]]
    lists = [each for each in keyed_lists(there, shape) if each[1].extra is not Extra.KEPT]
    places = [each for each in open_objects(known, shape) if "metadata" not in each]
    into = draw(st.sampled_from([*lists, None]))
    if into:
        path, keyed = into
        at(there, path).append(item := stranger(keyed, "addedByPeople"))
        noted(there, path, {item_name(keyed, item): {".": {}}})
    else:
        place = draw(st.sampled_from(places))
        at(there, place)["addedByPeople"] = "x"
        noted(there, place, {"f:addedByPeople": {}})
    return there


def repaired(desired: Object, there: Object) -> Object:
    """The object after the patch, without what the server would note about it."""
    patch = repair(desired, there, differences(desired, there))
    assume(patch)
    after: Object = jsonpatch.apply_patch(there, list(patch))
    return after


@given(st.data(), st.sampled_from(DESIRED))
def test_a_repair_touches_nothing_that_is_not_ours(data: st.DataObject, desired: Object) -> None:
    """Whatever controllers have put between our fields and items, it stays as it was."""
    shape = KINDS[desired["kind"]]
    there = live(desired)
    for path in open_objects(desired, shape):
        at(there, path)["injected"] = {"by": ["somebody"]}
    for path, keyed in keyed_lists(desired, shape):
        if keyed.extra is not Extra.REMOVED:
            at(there, path).append(stranger(keyed, "injected"))

    after = repaired(desired, data.draw(added_by_people(desired, there)))

    del after["metadata"]["managedFields"], there["metadata"]["managedFields"]
    assert after == there


@given(st.data(), st.sampled_from(DESIRED), st.sampled_from(["Apply", "Update", "Forgotten"]))
def test_a_repair_undoes_any_damage_at_once(
    data: st.DataObject, desired: Object, ours: str
) -> None:
    """Fields that were edited or removed, items that were doubled, dropped or moved."""
    there = live(desired)
    there["metadata"]["managedFields"][0]["operation"] = ours
    for *parents, last in data.draw(st.lists(st.sampled_from(leaves(desired)), max_size=3)):
        holder = at(there, tuple(parents))
        if isinstance(last, int) or last in IDENTITIES or data.draw(st.booleans()):
            holder[last] = edited(at(desired, (*parents, last)))
        else:
            holder.pop(last, None)
    for path, _ in reversed(list(keyed_lists(there, KINDS[desired["kind"]]))):
        items = at(there, path)
        items[:] = deepcopy(data.draw(st.lists(st.sampled_from(items), max_size=4)))

    after = repaired(desired, data.draw(added_by_people(there, there)))

    assert differences(desired, after) == []
