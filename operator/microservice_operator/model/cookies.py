"""Cookies as the mesh sees them: one header, of which a regular expression must match all."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VALUE = "[^;]*"
# What may stand before, between and after the cookies that are asked for.
BEFORE, BETWEEN, AFTER = "(.*; ?)?", "; ?(.*; ?)?", "(;.*)?"


def cookie(name: str, exact: str | None = None, prefix: str = "") -> str:
    """One cookie, from its name to its end; without a value any."""
    value = f"{re.escape(prefix)}{VALUE}" if exact is None else re.escape(exact)
    return f"{re.escape(name)}={value}"


def among(cookies: Iterable[str]) -> str:
    """All of these in any order, among whatever others."""
    orders = permutations(cookies)
    return "|".join(BEFORE + BETWEEN.join(order) + AFTER for order in orders)


def within(expression: str) -> tuple[str, ...]:
    """The cookies of which `among` has made this."""
    first, *_ = expression.split(f"{AFTER}|{BEFORE}")
    return tuple(first.removeprefix(BEFORE).removesuffix(AFTER).split(BETWEEN))


def strongest(cookies: Iterable[str]) -> list[str]:
    """Those of them that no other one asks for as well: one cookie may be what two ask for."""
    asked = list(dict.fromkeys(cookies))
    return [one for one in asked if not any(_implies(other, one) for other in asked if other != one)]


def _implies(one: str, other: str) -> bool:
    """Whether every cookie that is this one is the other one as well."""
    return other.endswith(VALUE) and one.startswith(other.removesuffix(VALUE))
