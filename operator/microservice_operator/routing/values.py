"""What is asked of the value of a header or a parameter, in the words of the mesh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import re2

from microservice_operator.model.cookies import VALUE, among, fits, portions, strongest, within

if TYPE_CHECKING:
    from microservice_operator.model.app import Manifest

COOKIE = "cookie"
ANYTHING = ".*"
Kind = Literal["exact", "prefix", "regex", "present"]
STRENGTH: dict[Kind, int] = {"exact": 3, "prefix": 2, "regex": 1, "present": 0}
"""Of two that ask for the same header the stronger one asks for less."""


def asked(value: Manifest) -> tuple[Kind, str]:
    """The kind of a condition, however it is written, and what it compares with."""
    if "exact" in value:
        return "exact", value["exact"]
    if "prefix" in value:
        return "prefix", value["prefix"]
    expression = str(value.get("regex", ANYTHING))
    literal = re.sub(r"\\(.)", r"\1", expression.removesuffix(ANYTHING))
    if f"{re.escape(literal)}{ANYTHING}" != expression:
        return "regex", expression
    return ("prefix", literal) if literal else ("present", "")


def particular(name: str, value: Manifest) -> list[tuple[int, int]]:
    """How strong each condition on this header is, and how long what it compares with."""
    if name == COOKIE and "regex" in value:
        return [_cookie(each) for each in within(value["regex"])]
    kind, compared = asked(value)
    return [(STRENGTH[kind], len(compared) if kind == "prefix" else 0)]


def _cookie(cookie: str) -> tuple[int, int]:
    _, _, value = cookie.partition("=")
    if not value.endswith(VALUE):
        return STRENGTH["exact"], 0
    prefix = value.removesuffix(VALUE)
    return (STRENGTH["prefix"], len(prefix)) if prefix else (STRENGTH["present"], 0)


def both(header: str, one: Manifest, other: Manifest) -> Manifest | None:
    """What asks for both; None when nothing can: no value is both, or no expression says so.

    The mesh takes one condition for each header, and expressions know no "and". A parameter of the
    query is no `header`, whatever it is called.
    """
    if header == COOKIE:
        cookies = strongest([*within(one["regex"]), *within(other["regex"])])
        return {"regex": among(cookies)} if fits(cookies) else None
    stronger, weaker = sorted(
        (one, other), key=lambda each: (STRENGTH[asked(each)[0]], len(asked(each)[1])), reverse=True
    )
    return stronger if _fits(asked(weaker), asked(stronger)) else None


def short(match: Manifest) -> list[Manifest]:
    """A match in as many as it takes for their expressions to be short enough for the mesh."""
    headers = match.get("headers", {})
    if COOKIE not in headers:
        return [match]
    return [
        {**match, "headers": {**headers, COOKIE: {"regex": each}}}
        for each in portions(headers[COOKIE]["regex"])
    ]


def _fits(weaker: tuple[Kind, str], stronger: tuple[Kind, str]) -> bool:
    """Whether all that the stronger one asks for is asked for by the weaker one."""
    (kind, compared), (by, value) = weaker, stronger
    if kind == "present" or weaker == stronger:
        return True
    if kind == "prefix":
        return by in {"exact", "prefix"} and value.startswith(compared)
    return kind == "regex" and by == "exact" and re2.fullmatch(compared, value) is not None
