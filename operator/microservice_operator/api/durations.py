"""The rule for fields that hold a duration: how short and how long it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from microservice_operator.api.scalars import DURATION, milliseconds
from microservice_operator.api.schema import Rule

if TYPE_CHECKING:
    from microservice_operator.api.schema import Block


def within(field: str, least: str, most: str) -> Rule:
    """Return the rule that a duration is neither too short nor too long."""
    name = to_camel(field)

    def check(block: Block) -> bool:
        duration = getattr(block, field)
        return duration is None or (
            milliseconds(least) <= milliseconds(duration) <= milliseconds(most)
        )

    return Rule(
        field_path=f".{name}",
        message=f"must be from {least} to {most}",
        cel=f"!has(self.{name}) || !self.{name}.matches('{DURATION}') || "
        f"(duration(self.{name}) >= duration('{least}') && "
        f"duration(self.{name}) <= duration('{most}'))",
        check=check,
    )
