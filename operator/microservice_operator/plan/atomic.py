"""Whether two values are the same that the server replaces as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.plan.manifest import ABSENT
from microservice_operator.plan.quantity import amount
from microservice_operator.plan.shapes import ATOMIC, Quantity

if TYPE_CHECKING:
    from microservice_operator.plan.manifest import Json, Manifest
    from microservice_operator.plan.shapes import Atomic, Whole


def same(ours: Json, theirs: Json, shape: Whole, *, kept: bool) -> bool:
    """Compare exactly, but for the server's spelling of quantities and its defaults.

    What is empty may be missing when the value is `kept`, which is still ours as we wrote it: then
    it was the server that dropped it.
    """
    if ours == theirs:
        return True
    if isinstance(shape, Quantity):
        return amount(ours) == amount(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _fields(ours, theirs, shape, kept=kept)
    if isinstance(ours, list | tuple) and isinstance(theirs, list):
        inner = shape.each or ATOMIC
        return len(ours) == len(theirs) and all(
            same(one, other, inner, kept=kept) for one, other in zip(ours, theirs, strict=True)
        )
    return {type(ours), type(theirs)} == {int, str} and str(ours) == str(theirs)


def _fields(ours: Manifest, theirs: Manifest, shape: Atomic, *, kept: bool) -> bool:
    for name, value in ours.items():
        if name not in theirs:
            if value or not kept:
                return False
            continue
        inner = shape.of.get(name) or shape.each or ATOMIC
        if not same(value, theirs[name], inner, kept=kept):
            return False
    return all(name in ours or shape.defaults.get(name, ABSENT) == theirs[name] for name in theirs)
