"""Documents around every bound of the schema, made from the schema itself."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from microservice_operator.api.crd import schema
from tests.corpus.documents import Document, full
from tests.corpus.verdicts import shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema = dict[str, Any]
Path = tuple[str | int, ...]
Change = tuple[str, Any, str | None]
"""What is tried, the value for it, and a word of its refusal; None if the value is in bounds."""

STRANGERS = (" ", "\u00e9", "\x7f")
"""Strings of which at least one breaks each pattern."""


@dataclass(frozen=True)
class Place:
    """A part of the schema, and where a document of the corpus has it."""

    at: str
    path: Path
    schema: Schema
    document: Document

    @property
    def value(self) -> Any:
        """What the document has there."""
        value: Any = self.document
        for step in self.path:
            value = value[step]
        return value

    def changed(self, value: object) -> Document:
        """Return the document with another value there."""
        document = copy.deepcopy(self.document)
        part: Any = document
        for step in self.path[:-1]:
            part = part[step]
        part[self.path[-1]] = value
        return document


@dataclass(frozen=True)
class Case:
    """A document that differs in one place from an accepted one."""

    at: str
    tried: str
    document: Document
    refusal: str | None

    @property
    def name(self) -> str:
        """What the case is called in the report of a test run."""
        return f"{self.at} {self.tried}"


@cache
def places() -> tuple[Place, ...]:
    """Return every part of the spec's schema that some document has, once."""
    whole = schema()
    found: dict[str, Place] = {}
    for document in full():
        for place in _places("spec", ("spec",), whole["properties"]["spec"], document):
            found.setdefault(place.at, place)
    return tuple(found.values())


@cache
def cases() -> tuple[Case, ...]:
    """Return a document for both sides of every bound."""
    return tuple(
        Case(place.at, tried, place.changed(value), refusal)
        for place in places()
        for tried, value, refusal in _changes(place.schema, place.value)
    )


def schema_paths(part: Schema, at: str) -> Iterator[str]:
    """Yield where every part of a schema stands, with `[]` and `{}` for what is inside."""
    yield at
    for name, inner in part.get("properties", {}).items():
        yield from schema_paths(inner, f"{at}.{name}")
    if "items" in part:
        yield from schema_paths(part["items"], f"{at}[]")
    if "additionalProperties" in part:
        yield from schema_paths(part["additionalProperties"], f"{at}{{}}")


def _places(at: str, path: Path, part: Schema, document: Document) -> Iterator[Place]:
    place = Place(at, path, part, document)
    yield place
    value = place.value
    for name, inner in part.get("properties", {}).items():
        if name in value:
            yield from _places(f"{at}.{name}", (*path, name), inner, document)
    if "items" in part:
        for index in range(len(value)):
            yield from _places(f"{at}[]", (*path, index), part["items"], document)
    if "additionalProperties" in part:
        for name in value:
            yield from _places(f"{at}{{}}", (*path, name), part["additionalProperties"], document)


def _changes(part: Schema, value: Any) -> Iterator[Change]:
    if "x-kubernetes-int-or-string" in part:
        yield "wrong type", True, "integer,string"
        yield from _number(part)
        yield from _string(part, "1")
        return
    kind = part["type"]
    yield "wrong type", {} if kind != "object" else [], part.get("format", kind)
    yield from _CHANGES[kind](part, value)


def _object(part: Schema, value: Document) -> Iterator[Change]:
    if "properties" in part:
        yield "unknown field", {**value, "bogus": 1}, "unknown field"
    for name in part.get("required", ()):
        rest = {other: inner for other, inner in value.items() if other != name}
        yield f"without {name}", rest, "Required value"
    if "maxProperties" in part:
        most = part["maxProperties"]
        [sample, *_] = value.values()
        yield "one too many", _entries(most + 1, sample), f"at most {most}"
        yield "as many as may be", _entries(most, sample), None


def _entries(count: int, sample: object) -> dict[str, object]:
    return {f"example.com/{number}": sample for number in range(count)}


def _array(part: Schema, value: list[Any]) -> Iterator[Change]:
    most = part["maxItems"]
    more = [_another(part, value[0], number) for number in range(most)]
    yield "one too many", (value + more)[: most + 1], f"at most {most}"
    yield "as many as may be", (value + more)[:most], None
    if least := part.get("minItems"):
        yield "one too few", value[: least - 1], f"at least {least}"
    if part["x-kubernetes-list-type"] == "map":
        yield "one twice", [*value, value[0]], "Duplicate value"


def _another(part: Schema, item: Any, number: int) -> Any:
    """Return an item like `item` that may stand beside it."""
    if part["x-kubernetes-list-type"] != "map":
        return item
    [key] = part["x-kubernetes-list-map-keys"]
    apart = {"port": 10_000 + number} if "port" in item else {}
    prefix = "x-" if item[key].startswith("x-") else "x"  # headers of claims begin so
    return {**item, key: f"{prefix}{number}", **apart}


def _string(part: Schema, value: str) -> Iterator[Change]:
    if "enum" in part:
        yield "unknown word", "Bogus", part["enum"][0]
        yield from ((f"word {word}", word, None) for word in part["enum"])
        return
    most, (pattern, allowed) = part["maxLength"], shape(part)
    yield "too long", "a" * (most + 1), str(most)
    longest = value + "a" * (most - len(value))
    if re.search(pattern, longest):
        yield "as long as may be", longest, None
    if part.get("minLength"):
        yield "empty", "", "at least"
    if pattern:
        strange = next(word for word in STRANGERS if not re.search(pattern, word))
        yield "against the pattern", strange, allowed


def _number(part: Schema, _value: int = 0) -> Iterator[Change]:
    least, most = part["minimum"], part["maximum"]
    yield "too small", least - 1, str(least)
    yield "too big", most + 1, str(most)
    yield "as small as may be", least, None
    yield "as big as may be", most, None


def _boolean(_part: Schema, _value: bool) -> Iterator[Change]:  # noqa: FBT001 -- one of a table
    yield "false", False, None


_CHANGES: dict[str, Callable[[Schema, Any], Iterator[Change]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "boolean": _boolean,
}
