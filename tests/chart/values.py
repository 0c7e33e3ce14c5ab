"""The chart's values: read with their comments, told as a JSON schema and as a table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import yaml

from microservice_operator import platform
from microservice_operator.api.spec import Spec
from microservice_operator.api.tenancy import Tenancy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.api.schema import Block

TYPES = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
MARK = "@schema "


def _fields(block: type[Block]) -> dict[str, Any]:
    """An object with these fields and no others; what is in them is the operator's to judge."""
    names: dict[str, Any] = {str(field.alias): {} for field in block.model_fields.values()}
    return {"type": ["object", "null"], "properties": names, "additionalProperties": False}


SETTINGS = {
    "properties": {
        **{name: {} for name in platform.FIELDS},
        "defaults": _fields(Spec),
        "tenancy": _fields(Tenancy),
    },
    "additionalProperties": False,
}


class Untold(Exception):
    """A value lacks a comment, or a type that its default does not show."""


@dataclass(frozen=True)
class Value:
    """One value, or a group of them."""

    path: tuple[str, ...]
    default: Any
    text: str
    hint: dict[str, Any]
    below: tuple[Value, ...] = field(default=())

    @property
    def name(self) -> str:
        """As it is given to `--set`."""
        return ".".join(self.path)

    def leaves(self) -> Iterator[Value]:
        """Every value that can be set by itself."""
        if not self.below:
            yield self
        for value in self.below:
            yield from value.leaves()


def read(text: str) -> tuple[Value, ...]:
    """Read annotated YAML.

    Raises:
        Untold: naming the value and what it lacks.
    """
    node = yaml.compose(text)
    assert isinstance(node, yaml.MappingNode)
    return tuple(_values(node, (), text.splitlines()))


def schema(values: tuple[Value, ...]) -> dict[str, Any]:
    """The schema of `values.schema.json`: it knows every key and refuses all others."""
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_object(values)}


def table(values: tuple[Value, ...]) -> str:
    """One row for each value."""
    rows = ["| value | default | meaning |", "|---|---|---|"]
    for value in values:
        for leaf in value.leaves():
            default = json.dumps(leaf.default, ensure_ascii=False)
            rows.append(f"| `{leaf.name}` | `{default}` | {_cell(leaf)} |")
    return "\n".join(rows) + "\n"


def _values(node: yaml.MappingNode, above: tuple[str, ...], lines: list[str]) -> Iterator[Value]:
    for key, content in node.value:
        path = (*above, key.value)
        text, hint = _told(lines, key.start_mark.line)
        below: tuple[Value, ...] = ()
        if isinstance(content, yaml.MappingNode) and content.value and not _free(hint):
            below = tuple(_values(content, path, lines))
        default = yaml.load(yaml.serialize(content), Loader=yaml.SafeLoader)
        value = Value(path, default, text, hint, below)
        _insist(value)
        yield value


def _told(lines: list[str], number: int) -> tuple[str, dict[str, Any]]:
    """The comment right above a line, and what it says of the type."""
    above = takewhile(lambda line: line.lstrip().startswith("#"), reversed(lines[:number]))
    comment = [line.lstrip()[1:].strip() for line in above][::-1]
    hints = [line.removeprefix(MARK) for line in comment if line.startswith(MARK)]
    text = " ".join(line for line in comment if not line.startswith(MARK))
    return text, yaml.safe_load(hints[0]) if hints else {}


def _insist(value: Value) -> None:
    if not value.below and not re.fullmatch(r"[A-Z].*\.", value.text):
        raise Untold(f"`{value.name}` needs a comment of one sentence in values.yaml")
    if value.default in ([], {}) and not value.hint:
        raise Untold(f"`{value.name}` needs `# {MARK}…`: its default shows no type")


def _free(hint: dict[str, Any]) -> bool:
    return "additionalProperties" in hint


def _object(values: tuple[Value, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {value.path[-1]: _schema(value) for value in values},
        "additionalProperties": False,
    }


def _schema(value: Value) -> dict[str, Any]:
    if value.below:
        return _object(value.below)
    hint = SETTINGS if value.hint.get("from") == "settings" else value.hint
    told = {"description": value.text, "default": value.default}
    return {"type": TYPES[type(value.default)], **told, **hint}


def _cell(value: Value) -> str:
    allowed = value.hint.get("enum")
    return (
        f"{value.text} One of {', '.join(f'`{each}`' for each in allowed)}."
        if allowed
        else value.text
    )
