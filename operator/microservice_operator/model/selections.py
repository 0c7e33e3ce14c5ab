"""Which requests are selected by their headers, cookies and query, in the words of the mesh."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.model.cookies import among, cookie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.api.conditions import Header, Match, Parameter
    from microservice_operator.model.app import Manifest

ANYTHING = ".*"


@dataclass(frozen=True, slots=True)
class Selection:
    """Requests that fulfil a number of conditions: the part of an HTTPMatchRequest."""

    match: Manifest
    conditions: int


def selection(match: Match) -> Selection:
    """The requests of which all these conditions hold."""
    headers = {header.name: _value(header) for header in match.headers}
    if match.cookies:
        asked = (cookie(one.name, one.exact, one.prefix or "") for one in match.cookies)
        headers["cookie"] = {"regex": among(asked)}
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
