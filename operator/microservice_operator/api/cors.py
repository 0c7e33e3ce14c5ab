"""Which web pages of other origins may use a route: what browsers ask before they do."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.conditions import HeaderName
from microservice_operator.api.durations import within
from microservice_operator.api.matching import Method
from microservice_operator.api.scalars import Duration
from microservice_operator.api.schema import Block, Rule

Origin = Annotated[
    str,
    text(
        "an origin such as 'https://web.example' or 'http://localhost:3000' in lower case, with "
        "'*' for the first label if need be, or '*' for any, at most 128 characters",
        longest=128,
        pattern=r"^([*]|https?://([*]\.)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:[0-9]{1,5})?)$",
    ),
]


class Cors(Block):
    """What a browser is told when a page of another origin wants to use the route."""

    origins: Annotated[tuple[Origin, ...], Items(8, least=1)]
    """Where the page may come from. Example: `[https://web.example, "https://*.shop.example"]`."""
    methods: Annotated[tuple[Method, ...], Items(7, least=1)] | None = None
    """What it may ask; absent means the methods of `match`, or GET, HEAD and POST.
    Example: `[GET, PUT]`."""
    headers: Annotated[tuple[HeaderName, ...], Items(8)] = ()
    """Headers that it may send beside the harmless ones. Example: `[content-type]`."""
    expose: Annotated[tuple[HeaderName, ...], Items(8)] = ()
    """Headers of the answer that it may read. Example: `[x-total]`."""
    max_age: Duration | None = None
    """How long the browser may keep this in mind, in whole seconds. Example: `10m`."""
    credentials: bool | None = None
    """Whether it may send cookies and the like; absent means false. Example: `true`."""

    rules: ClassVar = (
        within("max_age", "1s", "24h"),
        Rule(
            field_path=".maxAge",
            message="must have no 'ms': browsers count whole seconds",
            cel="!has(self.maxAge) || !self.maxAge.contains('ms')",
            check=lambda cors: "ms" not in (cors.max_age or ""),
        ),
        Rule(
            field_path=".credentials",
            message="must be absent or false when '*' is one of `origins`: name them",
            cel="!self.?credentials.orValue(false) || !self.origins.exists(one, one == '*')",
            check=lambda cors: not cors.credentials or "*" not in cors.origins,
            reason="FieldValueForbidden",
        ),
    )
