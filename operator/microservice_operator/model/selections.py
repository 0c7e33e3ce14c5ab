"""Which requests are selected by their headers, cookies and query, in the words of the mesh."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microservice_operator.api.conditions import Header, Match, Parameter
    from microservice_operator.model.app import Manifest

ANYTHING = ".*"
IN_COOKIE = "[^;]*"
# What may stand before, between and after the cookies that are asked for.
BEFORE, BETWEEN, AFTER = "(.*; ?)?", "; ?(.*; ?)?", "(;.*)?"


@dataclass(frozen=True, slots=True)
class Selection:
    """Requests that fulfil a number of conditions: the part of an HTTPMatchRequest."""

    match: Manifest
    conditions: int


def selection(match: Match) -> Selection:
    """The requests of which all these conditions hold."""
    headers = {header.name: _value(header) for header in match.headers}
    if match.cookies:
        headers["cookie"] = {"regex": _cookies(match.cookies)}
    query = {parameter.name: _value(parameter) for parameter in match.query}
    said: dict[str, Mapping[str, Any]] = {"headers": headers, "queryParams": query}
    return Selection(
        match={name: conditions for name, conditions in said.items() if conditions},
        conditions=len(match.headers) + len(match.cookies) + len(match.query),
    )


def _value(asked: Header | Parameter) -> Manifest:
    """Of a query the mesh knows no prefix, so a prefix is always written as a regex."""
    if asked.exact is not None:
        return {"exact": asked.exact}
    return {"regex": re.escape(asked.prefix or "") + ANYTHING}


def _cookies(cookies: Sequence[Parameter]) -> str:
    """All of them in any order, each from its name to its end, among whatever others."""
    orders = (BEFORE + BETWEEN.join(map(_cookie, order)) + AFTER for order in permutations(cookies))
    return "|".join(orders)


def _cookie(asked: Parameter) -> str:
    name = re.escape(asked.name)
    if asked.exact is not None:
        return f"{name}={re.escape(asked.exact)}"
    return f"{name}={re.escape(asked.prefix or '')}{IN_COOKIE}"
