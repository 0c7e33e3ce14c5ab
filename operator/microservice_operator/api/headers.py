"""What becomes of the headers of requests and of answers on their way."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.conditions import HeaderName
from microservice_operator.api.schema import Block, Rule

# The first belong to a connection and its proxies; the others tell who is there and steer proxies:
# whoever could write them could be anybody and switch off anything.
_WORDS = (
    *("host", "connection", "content-length", "keep-alive", "te", "trailer"),
    *("transfer-encoding", "upgrade", "forwarded"),
)
_BEGINNINGS = ("proxy-", "x-forwarded-", "x-envoy-", "x-istio-")

HeaderValue = Annotated[
    str, text("printable ASCII, at most 256 characters", longest=256, pattern="^[ -~]+$")
]


def free_headers(field: str, *, named: bool) -> Rule:
    """Return the rule that a list of headers, each with its name or a name, has none of theirs."""
    word = "header.name" if named else "header"
    taken = [f"{word} in {list(_WORDS)}", *(f"{word}.startsWith('{own}')" for own in _BEGINNINGS)]

    def check(block: Block) -> bool:
        headers = getattr(block, field)
        names = [header.name for header in headers] if named else headers
        return not any(name in _WORDS or name.startswith(_BEGINNINGS) for name in names)

    return Rule(
        field_path=f".{field}",
        message="must not have headers of connections and proxies: "
        f"{', '.join(_WORDS)}, {', '.join(f'{own}*' for own in _BEGINNINGS)}",
        cel=f"!has(self.{field}) || !self.{field}.exists(header, {' || '.join(taken)})",
        check=check,
        reason="FieldValueForbidden",
    )


class HeaderValueOf(Block):
    """A header and its value."""

    name: HeaderName
    """Its name, unique in the list. Example: `x-region`."""
    value: HeaderValue
    """Its value, as it is. Example: `eu`."""


class HeaderChanges(Block):
    """What becomes of some headers."""

    set: Annotated[tuple[HeaderValueOf, ...], Items(8, key="name")] = ()
    """Headers that have this value afterwards, whatever they had. Example:
    `[{name: x-region, value: eu}]`."""
    add: Annotated[tuple[HeaderValueOf, ...], Items(8, key="name")] = ()
    """Headers that have this value beside what they had. Example:
    `[{name: cache-control, value: no-transform}]`."""
    remove: Annotated[tuple[HeaderName, ...], Items(8)] = ()
    """Headers that are taken away. Example: `[x-internal]`."""

    rules: ClassVar = (
        free_headers("set", named=True),
        free_headers("add", named=True),
        free_headers("remove", named=False),
    )


class RouteHeaders(Block):
    """What becomes of the headers of a request and of its answer."""

    request: HeaderChanges = HeaderChanges()
    """On the way to the service. Example: `{set: [{name: x-region, value: eu}]}`."""
    response: HeaderChanges = HeaderChanges()
    """On the way back. Example: `{remove: [x-powered-by]}`."""
