"""What tells some requests from all others: their headers, their cookies, their query."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.resilience import Token
from microservice_operator.api.schema import Block, Choice, Rule

HeaderName = Annotated[
    str,
    text(
        "the name of a header in lower case: letters, digits, '-', '_' and '.', at most 64 "
        "characters",
        longest=64,
        pattern="^[-_.a-z0-9]+$",
    ),
]
Value = Annotated[
    str, text("printable ASCII, at most 256 characters", longest=256, pattern="^[ -~]+$")
]


class Header(Block):
    """A header that a request must have."""

    name: HeaderName
    """Its name. Example: `x-group`."""
    exact: Value | None = None
    """The value that it must have; absent without `prefix` means any. Example: `beta`."""
    prefix: Value | None = None
    """What its value must begin with. Example: `beta-`."""

    choices: ClassVar = (Choice(("exact",), ("prefix",)),)


class Parameter(Block):
    """A cookie, or a parameter of the query, that a request must have."""

    name: Token
    """Its name; capitals matter. Example: `preview`."""
    exact: Value | None = None
    """The value that it must have; absent without `prefix` means any. Example: `v2`."""
    prefix: Value | None = None
    """What its value must begin with. Example: `v2-`."""

    choices: ClassVar = (Choice(("exact",), ("prefix",)),)


class Match(Block):
    """Conditions that must all hold of a request."""

    headers: Annotated[tuple[Header, ...], Items(4, key="name")] = ()
    """Headers, by name. Example: `[{name: x-group, exact: beta}]`."""
    cookies: Annotated[tuple[Parameter, ...], Items(2, key="name")] = ()
    """Cookies, by name. Example: `[{name: preview, exact: v2}]`."""
    query: Annotated[tuple[Parameter, ...], Items(4, key="name")] = ()
    """Parameters of the query, by name. Example: `[{name: preview, exact: v2}]`."""

    rules: ClassVar = (
        Rule(
            field_path=".headers",
            message="at least one of `headers`, `cookies` and `query` must have a condition",
            cel="(has(self.headers) && self.headers.size() > 0) || "
            "(has(self.cookies) && self.cookies.size() > 0) || "
            "(has(self.query) && self.query.size() > 0)",
            check=lambda match: bool(match.headers or match.cookies or match.query),
        ),
        Rule(
            field_path=".headers",
            message="must not have the header 'cookie'; use `cookies`",
            cel="!has(self.headers) || !self.headers.exists(one, one.name == 'cookie')",
            check=lambda match: all(header.name != "cookie" for header in match.headers),
            reason="FieldValueForbidden",
        ),
    )
