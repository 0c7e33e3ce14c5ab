"""What every block of the spec is made of: the Block itself, its rules and its choices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from microservice_operator.api.bounds import without_nulls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The server leaves out the message of a rule whose reason is FieldValueDuplicate.
Reason = Literal["FieldValueInvalid", "FieldValueForbidden"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A relation between fields, said once: `cel` judges on the server, `check` in Python.

    `field_path` names the existing field, seen from the block, that the user should look at.
    """

    field_path: str
    message: str
    cel: str
    check: Callable[[Any], bool]
    reason: Reason = "FieldValueInvalid"

    def render(self) -> dict[str, str]:
        """Return the rule as an item of `x-kubernetes-validations`."""
        return {
            "rule": self.cel,
            "message": self.message,
            "fieldPath": self.field_path,
            "reason": self.reason,
        }


class Choice:
    """Fields that exclude one another: a user names the fields of one side only."""

    def __init__(self, *sides: tuple[str, ...], required: bool = False) -> None:
        self.sides = tuple(tuple(to_camel(name) for name in side) for side in sides)
        self.members = tuple(name for side in self.sides for name in side)
        self.required = required

    def taken(self, given: Mapping[str, object]) -> list[tuple[str, ...]]:
        """Return the sides of which `given` holds a field."""
        return [side for side in self.sides if any(given.get(name) is not None for name in side)]

    def rule(self) -> Rule:
        """Return the rule that keeps a user to one side."""
        names = ["/".join(f"`{name}`" for name in side) for side in self.sides]
        sides = [" || ".join(f"has(self.{name})" for name in side) for side in self.sides]
        some = f"{', '.join(names[:-1])} and {names[-1]}"
        count = " + ".join(f"({side} ? 1 : 0)" for side in sides)
        if self.required:
            return Rule(
                field_path=f".{self.members[0]}",
                message=f"exactly one of {some} must be given",
                cel=f"{count} == 1",
                check=lambda block: len(self.taken(block.given())) == 1,
            )
        return Rule(
            field_path=f".{self.members[0]}",
            message=f"at most one of {some} may be given",
            cel=f"{count} <= 1",
            check=lambda block: len(self.taken(block.given())) <= 1,
            reason="FieldValueForbidden",
        )


class Broken(ValueError):
    """A block breaks some of its rules."""

    def __init__(self, rules: list[Rule]) -> None:
        super().__init__("; ".join(rule.message for rule in rules))
        self.rules = rules


def _render_laws(schema: dict[str, Any], block: type[Block]) -> None:
    if laws := block.laws():
        schema["x-kubernetes-validations"] = [law.render() for law in laws]


class Block(BaseModel):
    """A part of the spec: immutable, closed to unknown fields and true to its rules."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        use_attribute_docstrings=True,
        json_schema_extra=_render_laws,
    )

    rules: ClassVar[tuple[Rule, ...]] = ()
    choices: ClassVar[tuple[Choice, ...]] = ()

    @classmethod
    @cache
    def laws(cls) -> tuple[Rule, ...]:
        """Return every rule of the block, those of its choices included."""
        return (*(choice.rule() for choice in cls.choices), *cls.rules)

    def given(self) -> dict[str, object]:
        """Return the fields that the user wrote, under the names that the user writes."""
        return {to_camel(name): getattr(self, name) for name in self.model_fields_set}

    @classmethod
    @cache
    def _names(cls) -> frozenset[str | None]:
        return frozenset(field.alias for field in cls.model_fields.values())

    @model_validator(mode="before")
    @classmethod
    def _forget_nulls(cls, given: object) -> object:
        return without_nulls(given, cls._names())

    @model_validator(mode="after")
    def _obey(self) -> Self:
        broken = [rule for rule in self.laws() if not rule.check(self)]
        if broken:
            raise Broken(broken)
        return self
