"""Two judges of a request that know nothing of each other: what a proxy does, what a user means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object = dict[str, Any]
CLASSES = ["exact", "prefix", "regex"]
STRENGTHS = {"exact": 3, "prefix": 2, "regex": 1, "present": 0}


@dataclass(frozen=True)
class Request:
    """What somebody asks."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "https"


# ------------------------------------------------------------------ what a proxy does


def served(http: Sequence[Mapping[str, Any]], request: Request) -> Mapping[str, Any] | None:
    """The first entry of a VirtualService that has a match for the request."""
    for entry in http:
        if any(_matches(match, request) for match in entry.get("match") or [{}]):
            return entry
    return None


def _matches(match: Mapping[str, Any], request: Request) -> bool:
    headers = dict(request.headers)
    if request.cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
    return (
        _compares(match.get("uri"), request.path)
        and _compares(match.get("method"), request.method)
        and _compares(match.get("scheme"), request.scheme)
        and all(_compares(v, headers.get(name)) for name, v in match.get("headers", {}).items())
        and all(name not in headers for name in match.get("withoutHeaders", {}))
        and all(
            _compares(v, request.query.get(name))
            for name, v in match.get("queryParams", {}).items()
        )
    )


def _compares(condition: Mapping[str, str] | None, value: str | None) -> bool:
    if condition is None:
        return True
    if value is None:
        return False
    [(kind, compared)] = condition.items() or [("present", "")]
    match kind:
        case "exact":
            return value == compared
        case "prefix":
            return value.startswith(compared)
        case "regex":
            return re2.fullmatch(compared, value) is not None
        case _:
            return True


# ------------------------------------------------------------------ what a user means


def chosen(routes: Sequence[tuple[str, str, Object]], request: Request) -> str | None:
    """Of routes, each with age, name and what is said of it, the one that should get a request."""
    fitting = [(_place(said), age, name) for age, name, said in routes if fits(said, request)]
    return min(fitting)[2] if fitting else None


def fits(route: Object, request: Request) -> bool:
    """Whether a route is for this request, or for the methods that a browser asks about."""
    match, methods = route.get("match", {}), route.get("match", {}).get("methods", [])
    beforehand = (
        "cors" in route
        and bool(methods)
        and request.method == "OPTIONS"
        and request.headers.get("access-control-request-method") in methods
    )
    return (
        _path_fits(match.get("path"), request.path)
        and (not methods or request.method in methods or beforehand)
        and _all_fit(match.get("headers", []), request.headers)
        and _all_fit(match.get("query", []), request.query)
        and _all_fit(match.get("cookies", []), request.cookies)
    )


def _path_fits(path: Object | None, asked: str) -> bool:
    if not path:
        return True
    if "exact" in path:
        return bool(asked == path["exact"])
    if "regex" in path:
        return re2.fullmatch(path["regex"], asked) is not None
    folder, parts = path["prefix"].strip("/"), asked.strip("/").split("/")
    return not folder or parts[: len(folder.split("/"))] == folder.split("/")


def _all_fit(conditions: list[Object], values: Mapping[str, str]) -> bool:
    return all(_fits(condition, values.get(condition["name"])) for condition in conditions)


def _fits(condition: Object, value: str | None) -> bool:
    if condition.get("present") is False:
        return value is None
    if value is None:
        return False
    if "regex" in condition:
        return re2.fullmatch(condition["regex"], value) is not None
    return value == condition.get("exact", value) and value.startswith(condition.get("prefix", ""))


def _place(route: Object) -> tuple[int, ...]:
    """Exact path, longer prefix, regex, none; more conditions; stronger ones; longer prefixes."""
    match = route.get("match", {})
    [(kind, path)] = match.get("path", {"prefix": "/"}).items()
    anything = kind == "prefix" and not path.strip("/")
    conditions = [*match.get("headers", []), *match.get("query", []), *match.get("cookies", [])]
    kinds = [next(kind for kind in one if kind != "name") for one in conditions]
    methods = 1 if match.get("methods") else 0
    return (
        len(CLASSES) if anything else CLASSES.index(kind),
        -len(path.rstrip("/")) if kind == "prefix" else 0,
        -len(conditions) - methods,
        -sum(STRENGTHS[kind] for kind in kinds) - 3 * methods,
        -sum(len(one["prefix"]) for one in conditions if "prefix" in one),
    )
