"""Which requests a route is for, in the words of the mesh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from microservice_operator.model.cookies import among, cookie
from microservice_operator.model.exposure import ANY_PATH
from microservice_operator.routing.values import ANYTHING, COOKIE, both, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model.app import Manifest
    from microservice_operator.model.exposure import Condition, Match

ASKED_METHOD = "access-control-request-method"


def matches(match: Match, split: Manifest, *, cors: bool = False) -> tuple[Manifest, ...] | None:
    """Every match of a rule; () means all requests, None that none can fulfil all conditions.

    `split` is what a version asks of a request besides. With `cors`, browsers may ask beforehand.
    """
    conditions = _also(_conditions(match), split)
    if conditions is None:
        return None
    methods = [_method(match.methods)]
    if cors and match.methods and "OPTIONS" not in match.methods:
        asked = {ASKED_METHOD: _word(match.methods)}
        methods.append({"method": {"exact": "OPTIONS"}, "headers": asked})
    found = [
        {**path, **each, **method, **_headers(each, method)}
        for each in short(conditions)
        for method in methods
        for path in _paths(match.path)
    ]
    return tuple(found) if any(found) else ()


def _paths(path: Condition) -> tuple[Manifest, ...]:
    """A prefix is a folder: itself and what is in it, not what only begins alike."""
    if path == ANY_PATH:
        return ({},)
    if path.kind == "prefix":
        return {"uri": {"exact": path.value}}, {"uri": {"prefix": f"{path.value}/"}}
    return ({"uri": {path.kind: path.value}},)


def _method(methods: tuple[str, ...]) -> Manifest:
    return {"method": _word(methods)} if methods else {}


def _word(words: tuple[str, ...]) -> Manifest:
    return {"exact": words[0]} if len(words) == 1 else {"regex": "|".join(words)}


def _conditions(match: Match) -> Manifest:
    headers = _values(each for each in match.headers if each.kind != "missing")
    if match.cookies:
        headers[COOKIE] = {"regex": among(map(_cookie, match.cookies))}
    said: dict[str, Any] = {
        "headers": headers,
        "withoutHeaders": {each.name: {} for each in match.headers if each.kind == "missing"},
        "queryParams": _values(match.query),
    }
    return {name: values for name, values in said.items() if values}


def _values(conditions: Iterable[Condition]) -> dict[str, Manifest]:
    return {each.name: _value(each) for each in conditions}


def _value(condition: Condition) -> Manifest:
    """Of a query the mesh promises no prefix, so a prefix is always written as a regex."""
    if condition.kind == "present":
        return {}
    if condition.kind == "prefix":
        return {"regex": f"{re.escape(condition.value)}{ANYTHING}"}
    return {condition.kind: condition.value}


def _cookie(condition: Condition) -> str:
    if condition.kind == "exact":
        return cookie(condition.name, condition.value)
    return cookie(condition.name, prefix=condition.value)


def _also(conditions: Manifest, split: Manifest) -> Manifest | None:
    """These conditions and those of a version."""
    also = dict(conditions)
    for where, values in split.items():
        together = dict(also.get(where, {}))
        for name, value in values.items():
            known = together.get(name)
            header = name if where == "headers" else ""
            combined = value if known is None else both(header, known, value)
            if combined is None:
                return None
            together[name] = combined
        also[where] = together
    never = also.get("headers", {}).keys() & also.get("withoutHeaders", {}).keys()
    return None if never else also


def _headers(conditions: Manifest, method: Manifest) -> Manifest:
    headers = {**conditions.get("headers", {}), **method.get("headers", {})}
    return {"headers": headers} if headers else {}
