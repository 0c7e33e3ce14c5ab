"""Which requests are selected by their headers, cookies and query, in the words of the mesh."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.model.cookies import among, asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.api.matching import HeaderCondition, ParameterCondition
    from microservice_operator.api.versions import VersionMatch
    from microservice_operator.model.app import Manifest

ANYTHING = ".*"


@dataclass(frozen=True, slots=True)
class Selection:
    """Requests that fulfil a number of conditions: the part of an HTTPMatchRequest."""

    match: Manifest
    conditions: int


def selection(match: VersionMatch, at: str) -> Selection:
    """The requests of which all these conditions hold; `at` is where they stand in the spec.

    Raises:
        Invalid: there are more than the mesh can look at.
    """
    headers = {header.name: _value(header) for header in match.headers if not _is_missing(header)}
    if match.cookies:
        headers["cookie"] = {"regex": among(asked(match.cookies, at))}
    said: dict[str, Mapping[str, Any]] = {
        "headers": headers,
        "withoutHeaders": {header.name: {} for header in match.headers if _is_missing(header)},
        "queryParams": {parameter.name: _value(parameter) for parameter in match.query},
    }
    return Selection(
        match={name: conditions for name, conditions in said.items() if conditions},
        conditions=len(match.headers) + len(match.cookies) + len(match.query),
    )


def _is_missing(header: HeaderCondition) -> bool:
    return header.present is False


def _value(said: HeaderCondition | ParameterCondition) -> Manifest:
    """Of a query the mesh promises no prefix, so a prefix is always written as a regex."""
    if said.exact is not None:
        return {"exact": said.exact}
    if said.prefix is not None:
        return {"regex": re.escape(said.prefix) + ANYTHING}
    return {"regex": said.regex} if said.regex else {}
