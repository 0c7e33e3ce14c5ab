"""Rules for the items of lists, beyond the one key that a schema knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.api.schema import Rule

if TYPE_CHECKING:
    from microservice_operator.api.schema import Block


def different(items: str, field: str, plural: str) -> Rule:
    """Return the rule that no two items of a list agree in `field`."""

    def check(block: Block) -> bool:
        values = [getattr(item, field) for item in getattr(block, items) or ()]
        return len(set(values)) == len(values)

    return Rule(
        field_path=f".{items}",
        message=f"must have {items} with different {plural}",
        cel=f"!has(self.{items}) || "
        f"self.{items}.all(one, self.{items}.exists_one(other, other.{field} == one.{field}))",
        check=check,
    )
