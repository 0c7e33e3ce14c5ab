"""Which requests a route is for: by path, method, headers, parameters of the query and cookies."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.conditions import HeaderName, Value
from microservice_operator.api.regexes import Regex
from microservice_operator.api.resilience import Token
from microservice_operator.api.schema import Block, Choice, Rule

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CookieValue = Annotated[
    str,
    text(
        "the value of a cookie: printable ASCII without spaces, quotes, commas, semicolons and "
        "backslashes, at most 256 characters",
        longest=256,
        pattern=r"^[-!#$%&'()*+./0-9:<=>?@A-Z^_`a-z{|}~\[\]]+$",
    ),
]
_LETTER = "-A-Za-z0-9%_~!$&()+,;=:@"
_SEGMENT = f"[.]{{0,2}}[{_LETTER}][{_LETTER}.]*"
UrlPath = Annotated[
    str,
    text(
        "a path that begins with '/': letters, digits and any of '%_~!$&()+,;=:@-.', no '*', and "
        "no segments '.', '..' or empty, at most 256 characters",
        longest=256,
        pattern=f"^/({_SEGMENT}/)*({_SEGMENT})?$",
    ),
]


class PathCondition(Block):
    """The path that a request must have; what follows a '?' does not count."""

    prefix: UrlPath | None = None
    """The path itself and all below it, segment by segment: `/orders` is also for `/orders/1`, not
    for `/orders-old`. Example: `/orders`."""
    exact: UrlPath | None = None
    """This path alone. Example: `/orders/latest`."""
    regex: Regex | None = None
    """What the whole path must match; prefixes come first. Example: `/orders/[0-9]+`."""

    choices: ClassVar = (Choice(("prefix",), ("exact",), ("regex",), required=True),)


class HeaderCondition(Block):
    """A header that a request must have, or must not."""

    name: HeaderName
    """Its name, unique in the list. Example: `x-group`."""
    exact: Value | None = None
    """Its value. Example: `beta`."""
    prefix: Value | None = None
    """What its value begins with. Example: `beta-`."""
    regex: Regex | None = None
    """What its whole value matches. Example: `beta-[0-9]+`."""
    present: bool | None = None
    """Whether it must be there, with any value, or must be missing. Example: `true`."""

    choices: ClassVar = (Choice(("exact",), ("prefix",), ("regex",), ("present",), required=True),)


_PRESENT = Rule(
    field_path=".present",
    message="must be true: only a header can be asked to be missing",
    cel="self.?present.orValue(true)",
    check=lambda condition: condition.present is not False,
)


class ParameterCondition(Block):
    """A parameter of the query that a request must have, with its value as the URL spells it."""

    name: Token
    """Its name, unique in the list; capitals matter. Example: `preview`."""
    exact: Value | None = None
    """Its value. Example: `v2`."""
    prefix: Value | None = None
    """What its value begins with. Example: `v2-`."""
    regex: Regex | None = None
    """What its whole value matches. Example: `v[0-9]+`."""
    present: bool | None = None
    """It must be there, with any value. Example: `true`."""

    choices: ClassVar = (Choice(("exact",), ("prefix",), ("regex",), ("present",), required=True),)
    rules: ClassVar = (_PRESENT,)


class CookieCondition(Block):
    """A cookie that a request must have.

    No regular expression: all cookies are one text, in which it could not be kept to one of them.
    """

    name: Token
    """Its name, unique in the list; capitals matter. Example: `variant`."""
    exact: CookieValue | None = None
    """Its value. Example: `beta`."""
    prefix: CookieValue | None = None
    """What its value begins with. Example: `beta-`."""
    present: bool | None = None
    """It must be there, with any value. Example: `true`."""

    choices: ClassVar = (Choice(("exact",), ("prefix",), ("present",), required=True),)
    rules: ClassVar = (_PRESENT,)


NEITHER_HOST_NOR_COOKIE = Rule(
    field_path=".headers",
    message="must not have 'host', which is for `hosts`, nor 'cookie', for `cookies`",
    cel="!has(self.headers) || "
    "!self.headers.exists(one, one.name == 'host' || one.name == 'cookie')",
    check=lambda match: not {"host", "cookie"} & {one.name for one in match.headers},
    reason="FieldValueForbidden",
)


class RequestMatch(Block):
    """Conditions that must all hold of a request."""

    path: PathCondition | None = None
    """Its path; absent means any. Example: `{prefix: /orders}`."""
    methods: Annotated[tuple[Method, ...], Items(7, least=1)] | None = None
    """Its method is one of these; absent means any. Example: `[GET, HEAD]`."""
    headers: Annotated[tuple[HeaderCondition, ...], Items(8, key="name")] = ()
    """Its headers, by name. Example: `[{name: x-group, exact: beta}]`."""
    query: Annotated[tuple[ParameterCondition, ...], Items(8, key="name")] = ()
    """Parameters of its query, by name. Example: `[{name: preview, exact: v2}]`."""
    cookies: Annotated[tuple[CookieCondition, ...], Items(2, key="name")] = ()
    """Its cookies, by name. Example: `[{name: group, exact: beta}]`."""

    rules: ClassVar = (NEITHER_HOST_NOR_COOKIE,)
