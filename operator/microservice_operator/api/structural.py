"""From pydantic's JSON schema to the structural schema that Kubernetes asks for."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from microservice_operator.api.bounds import ALLOWED

if TYPE_CHECKING:
    from microservice_operator.api.schema import Block

Schema = dict[str, Any]

_KEPT = {
    "type",
    "format",
    "enum",
    "required",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
}
_TOLD_OTHERWISE = {"title", "description", "default", ALLOWED}
_REFERENCE = "#/$defs/"


class Unfaithful(TypeError):
    """A model says what a structural schema cannot say."""


def structural(block: type[Block]) -> Schema:
    """Return what the API server and `kubectl explain` are told about `block`."""
    return _flat(block.model_json_schema(), {}, block.__name__)


def _flat(raw: Mapping[str, Any], blocks: Mapping[str, Any], path: str) -> Schema:
    """Return the schema at `path`, and all below it, without references, nulls and titles."""
    raw, blocks = _resolved(raw, {**blocks, **raw.get("$defs", {})}, path)
    schema: Schema = {"description": description} if (description := _described(raw)) else {}
    for word, meaning in raw.items():
        if word in _KEPT or word.startswith("x-kubernetes-"):
            schema[word] = deepcopy(meaning)
        elif word == "properties":
            parts = {name: _flat(part, blocks, f"{path}.{name}") for name, part in meaning.items()}
            schema[word] = parts
        elif word == "items":
            schema[word] = _flat(meaning, blocks, f"{path}[]")
        elif word == "additionalProperties" and meaning is not False:
            schema[word] = _flat(meaning, blocks, f"{path}{{}}")
        elif word not in {*_TOLD_OTHERWISE, "additionalProperties"}:
            raise Unfaithful(f"{path}: a structural schema has no `{word}`")
    if (default := _said(raw.get("default"))) is not None:
        schema["default"] = default
    return schema


def _resolved(
    raw: Mapping[str, Any], blocks: Mapping[str, Any], path: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Follow a reference, or the one alternative to null; what stands beside it wins.

    A block is out of reach below itself, for no structural schema is endless.
    """
    beside = {word: raw[word] for word in raw if word not in {"$ref", "$defs", "anyOf", "const"}}
    if "const" in raw:  # a choice of one
        beside["enum"] = [raw["const"]]
    if "anyOf" in raw:
        real = [choice for choice in raw["anyOf"] if choice != {"type": "null"}]
        if len(real) != 1:
            raise Unfaithful(f"{path}: must have one type, not {len(real)}")
        return _resolved({**real[0], **beside}, blocks, path)
    if "$ref" in raw:
        name = raw["$ref"].removeprefix(_REFERENCE)
        if name not in blocks:
            raise Unfaithful(f"{path}: must not have {name} inside {name}")
        rest = {other: block for other, block in blocks.items() if other != name}
        return {**blocks[name], **beside}, rest
    return _enumerated(beside), blocks


def _enumerated(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A single word that is allowed is an enumeration of one."""
    rest = {word: meaning for word, meaning in raw.items() if word != "const"}
    return {**rest, "enum": [raw["const"]]} if "const" in raw else raw


def _described(raw: Mapping[str, Any]) -> str:
    """Return the sentence, what is allowed, and the example, in this order."""
    unwrapped = " ".join(raw.get("description", "").split())
    sentence, mark, example = unwrapped.partition(" Example: ")
    allowed = f" Must be {raw[ALLOWED]}." if sentence and ALLOWED in raw else ""
    return f"{sentence}{allowed}{mark}{example}"


def _said(default: object) -> object:
    """Return what a default says, or None once nothing is left of it."""
    if isinstance(default, Mapping):
        told = {name: _said(part) for name, part in default.items()}
        return {name: part for name, part in told.items() if part is not None} or None
    if isinstance(default, list):
        return [_said(item) for item in default] or None
    return default
