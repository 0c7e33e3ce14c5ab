"""Cookies as the mesh sees them: one header, of which a regular expression must match all."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING

from microservice_operator.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from microservice_operator.api.matching import CookieCondition

LONGEST = 1024
"""The mesh refuses longer expressions, and with one of them all that its host serves."""
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


def portions(expression: str) -> list[str]:
    """The same in as few expressions as the mesh takes, one of which must match."""
    found: list[str] = []
    for order in (BEFORE + order + AFTER for order in _orders(expression)):
        together = f"{found[-1]}|{order}" if found else ""
        if together and len(together) <= LONGEST:
            found[-1] = together
        else:
            found.append(order)
    return found


def fits(cookies: Sequence[str]) -> bool:
    """Whether the mesh takes an expression for all of these, in one order."""
    return len(BEFORE + BETWEEN.join(cookies) + AFTER) <= LONGEST


def asked(conditions: Sequence[CookieCondition], at: str) -> list[str]:
    """The cookies that fulfil these conditions.

    Raises:
        Invalid: the mesh takes no expression that is so long.
    """
    found = [cookie(one.name, one.exact, one.prefix or "") for one in conditions]
    if not fits(found):
        raise Invalid(
            f"{at}.cookies: must have shorter names and values: a mesh compares at most {LONGEST} "
            "characters together, of which punctuation counts twice"
        )
    return found


def within(expression: str) -> tuple[str, ...]:
    """The cookies of which `among` has made this."""
    first, *_ = _orders(expression)
    return tuple(first.split(BETWEEN))


def _orders(expression: str) -> list[str]:
    """Each order of the cookies of which `among` has made this."""
    return expression.removeprefix(BEFORE).removesuffix(AFTER).split(f"{AFTER}|{BEFORE}")


def strongest(cookies: Iterable[str]) -> list[str]:
    """Those of them that no other one asks for as well: one cookie may be what two ask for."""
    known = list(dict.fromkeys(cookies))
    return [
        one for one in known if not any(_implies(other, one) for other in known if other != one)
    ]


def _implies(one: str, other: str) -> bool:
    """Whether every cookie that is this one is the other one as well."""
    return other.endswith(VALUE) and one.startswith(other.removesuffix(VALUE))
