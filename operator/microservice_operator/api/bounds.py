"""The kinds of values, each with its bounds: scalars, lists and maps."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

ALLOWED = "x-allowed"
"""Where a schema carries the words for what it allows, on its way to the generator."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A single value; one sentence says what is allowed, whatever is wrong with it."""

    allowed: str
    core: CoreSchema
    constraints: JsonSchemaValue

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic check what the API server checks."""
        return core_schema.custom_error_schema(
            self.core, "not_allowed", custom_error_message=f"must be {self.allowed}"
        )

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say it in the words of the API server."""
        schema = {**self.constraints, ALLOWED: self.allowed}
        if pattern := schema.pop("pattern", None):
            # Of a pattern the server would show the regex; of a rule it shows the message.
            string = "" if "type" in schema else "type(self) == int || "
            rule = {
                "rule": f'{string}self.matches(r"{pattern}")',
                "message": f"must be {self.allowed}",
                "reason": "FieldValueInvalid",
            }
            schema["x-kubernetes-validations"] = [rule]
        return schema


def text(allowed: str, *, longest: int, shortest: int = 1, pattern: str | None = None) -> Scalar:
    """Bound a string: its length, and a `pattern` that is RE2 and anchored."""
    constraints: JsonSchemaValue = {"type": "string", "maxLength": longest}
    if shortest:
        constraints["minLength"] = shortest
    if pattern:
        constraints["pattern"] = pattern
    core = core_schema.str_schema(
        strict=True, min_length=shortest, max_length=longest, pattern=pattern
    )
    return Scalar(allowed, core, constraints)


def whole(least: int, most: int) -> Scalar:
    """Bound a whole number."""
    return Scalar(
        f"a whole number from {least} to {most}",
        core_schema.int_schema(strict=True, ge=least, le=most),
        {
            "type": "integer",
            "format": "int32" if most < 2**31 else "int64",
            "minimum": least,
            "maximum": most,
        },
    )


def either(allowed: str, number: Scalar, string: Scalar) -> Scalar:
    """Bound what may be a whole number or a string, such as a port or a quantity."""
    bounds = {**number.constraints, **string.constraints}
    del bounds["type"], bounds["format"]
    return Scalar(
        allowed,
        core_schema.union_schema([number.core, string.core], mode="left_to_right"),
        {"x-kubernetes-int-or-string": True, **bounds},
    )


@dataclass(frozen=True, slots=True)
class Entries:
    """A map of at most `most` entries."""

    most: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Bound the map that `source` describes."""
        return core_schema.no_info_before_validator_function(
            without_nulls, {**handler(source), "max_length": self.most}
        )


@dataclass(frozen=True, slots=True)
class Items:
    """A list of at most `most` items; with `key` no two items may agree in that field."""

    most: int
    key: str | None = None
    least: int = 0

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Bound the list that `source` describes; it becomes a tuple that nobody can change."""
        bounded = {**handler(source), "max_length": self.most, "min_length": self.least}
        return core_schema.no_info_before_validator_function(
            lambda given: tuple(given) if isinstance(given, list) else given,
            core_schema.no_info_after_validator_function(self._differ, bounded),
        )

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Tell the API server how the list merges."""
        if self.key is None:
            return {**handler(core), "x-kubernetes-list-type": "atomic"}
        keyed = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}
        return {**handler(core), **keyed}

    def _differ(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        """Refuse two items of one key, as the API server does."""
        keys = [getattr(item, self.key) for item in items] if self.key else []
        for position, key in enumerate(keys):
            if key in keys[:position]:
                raise PydanticCustomError(
                    "duplicate",
                    "must not have two items with the `{field}` '{key}'",
                    {"field": self.key, "key": key},
                )
        return items


def without_nulls(given: object, known: Container[object] | None = None) -> object:
    """Take a null for an absent entry, as the API server does; an unknown field stays unknown."""
    if not isinstance(given, Mapping):
        return given
    return {
        key: value
        for key, value in given.items()
        if value is not None or not (known is None or key in known)
    }
