"""The routes of an exposure: what becomes of which requests."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import text, whole
from microservice_operator.api.cors import Cors
from microservice_operator.api.durations import within
from microservice_operator.api.headers import RouteHeaders
from microservice_operator.api.matching import RequestMatch, UrlPath
from microservice_operator.api.resilience import IN_TIME, LONGEST, SHORTEST, Retries
from microservice_operator.api.scalars import Duration, PortReference, ShortName
from microservice_operator.api.schema import Block, Rule
from microservice_operator.api.versions import VersionName

CODES = (301, 302, 303, 307, 308)
LABEL = "[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
DOMAIN_NAME = rf"({LABEL}\.)*[A-Za-z]([-A-Za-z0-9]{{0,61}}[A-Za-z0-9])?"
Percent = Annotated[int, whole(1, 100)]
HostName = Annotated[
    str,
    text(
        "a DNS name of letters, digits, '-' and '.', no IP address, at most 253 characters",
        longest=253,
        pattern=f"^{DOMAIN_NAME}$",
    ),
]


Scheme = Annotated[str, text("'http' or 'https'", longest=5, pattern="^https?$")]


class To(Block):
    """What serves the requests."""

    version: VersionName | None = None
    """The spec's `version` or one of `versions`, whatever their shares; absent means all of them by
    their shares. Example: `v2`."""
    port: PortReference | None = None
    """Name or number of one of the spec's `ports` that speaks HTTP, HTTP2 or GRPC; absent means the
    first of these. Example: `grpc`."""


class Rewrite(Block):
    """What the service sees in place of what was asked."""

    path: UrlPath | None = None
    """In place of the prefix that `match` names, or else of the whole path. Example: `/`."""
    host: HostName | None = None
    """In place of the host. Example: `orders.internal.example`."""

    rules: ClassVar = (
        Rule(
            field_path=".path",
            message="must be given unless `host` is",
            cel="has(self.path) || has(self.host)",
            check=lambda rewrite: rewrite.path is not None or rewrite.host is not None,
        ),
    )


class Redirect(Block):
    """Where whoever asks is sent to; what follows a '?' is kept."""

    scheme: Scheme | None = None
    """Another scheme; alone it is for those who ask by the other one. Example: `https`."""
    host: HostName | None = None
    """Another host. Example: `www.shop.example`."""
    path: UrlPath | None = None
    """Another path, as a whole. Example: `/shop`."""
    code: Annotated[int, whole(301, 308)] | None = None
    """The status: 301, 302, 303, 307 or 308; absent means 301. Example: `308`."""

    rules: ClassVar = (
        Rule(
            field_path=".scheme",
            message="must be given unless `host` or `path` is",
            cel="has(self.scheme) || has(self.host) || has(self.path)",
            check=lambda redirect: any((redirect.scheme, redirect.host, redirect.path)),
        ),
        Rule(
            field_path=".code",
            message="must be 301, 302, 303, 307 or 308",
            cel=f"!has(self.code) || self.code in {list(CODES)}",
            check=lambda redirect: redirect.code in {None, *CODES},
        ),
    )


class Delay(Block):
    """Requests that have to wait."""

    duration: Duration
    """How long. Example: `2s`."""
    percent: Percent | None = None
    """How many of them; absent means all. Example: `10`."""

    rules: ClassVar = (within("duration", SHORTEST, LONGEST),)


class Abort(Block):
    """Requests that fail before the service has seen them."""

    code: Annotated[int, whole(400, 599)]
    """The status of the answer. Example: `503`."""
    percent: Percent | None = None
    """How many of them; absent means all. Example: `10`."""


class Fault(Block):
    """What goes wrong on purpose, for a test of those who ask."""

    delay: Delay | None = None
    """Some have to wait. Example: `{duration: 2s, percent: 10}`."""
    abort: Abort | None = None
    """Some fail. Example: `{code: 503, percent: 10}`."""

    rules: ClassVar = (
        Rule(
            field_path=".delay",
            message="must be given unless `abort` is",
            cel="has(self.delay) || has(self.abort)",
            check=lambda fault: fault.delay is not None or fault.abort is not None,
        ),
    )


class Mirror(Block):
    """Requests that another version gets as well, unless all of them are its own already."""

    version: VersionName
    """The spec's `version` or one of `versions`. Example: `v2`."""
    percent: Percent | None = None
    """How many of them; absent means all. Example: `10`."""


class Route(Block):
    """What becomes of some requests."""

    name: ShortName
    """Its name, unique in the list; it stands in access logs. Example: `api`."""
    match: RequestMatch = RequestMatch()
    """Which requests; absent means all. Example: `{path: {prefix: /orders}}`."""
    to: To = To()
    """What serves them; until a version that is named has arrived, what did so far.
    Example: `{version: v2}`."""
    rewrite: Rewrite | None = None
    """What the service sees instead. Example: `{path: /}`."""
    redirect: Redirect | None = None
    """They are sent elsewhere. Example: `{path: /shop, code: 302}`."""
    headers: RouteHeaders = RouteHeaders()
    """Changes of headers. Example: `{response: {remove: [x-powered-by]}}`."""
    timeout: Duration | None = None
    """How long an answer may take, all tries together; absent means what `resilience` says, or for
    ever. Example: `3s`."""
    retries: Retries | None = None
    """What is tried again; absent means what `resilience` says. Example: `{attempts: 1}`."""
    cors: Cors | None = None
    """Which web pages of other origins may use it. Browsers ask for that without the headers and
    cookies that `match` may want: then a route for all requests must answer them.
    Example: `{origins: [https://web.example]}`."""
    fault: Fault | None = None
    """What goes wrong on purpose. Example: `{abort: {code: 503, percent: 10}}`."""
    mirror: Mirror | None = None
    """Another version gets a copy, for whose answer nobody waits.
    Example: `{version: v2, percent: 10}`."""
    streaming: bool | None = None
    """Whether answers never end by themselves, as server-sent events: no timeout, no second try.
    WebSocket needs no word. Example: `true`."""

    rules: ClassVar = (
        within("timeout", SHORTEST, LONGEST),
        IN_TIME,
        Rule(
            field_path=".streaming",
            message="must be absent or false beside `timeout` and `retries`, which would cut it",
            cel="!self.?streaming.orValue(false) || !(has(self.timeout) || has(self.retries))",
            check=lambda route: (
                not route.streaming or (route.timeout, route.retries) == (None, None)
            ),
            reason="FieldValueForbidden",
        ),
        Rule(
            field_path=".mirror",
            message="must name another version than `to`, which has the requests already",
            cel="!has(self.mirror) || self.?to.?version.orValue('') != self.mirror.version",
            check=lambda route: route.mirror is None or route.to.version != route.mirror.version,
        ),
        Rule(
            field_path=".redirect",
            message="must be absent beside `to`, `rewrite`, `fault`, `mirror`, `timeout`, "
            "`retries` and `streaming`: the service is not asked",
            cel="!has(self.redirect) || !(has(self.to) || has(self.rewrite) || has(self.fault) || "
            "has(self.mirror) || "
            "has(self.timeout) || has(self.retries) || has(self.streaming))",
            check=lambda route: (
                route.redirect is None
                or not {"to", "rewrite", "fault", "mirror", "timeout", "retries", "streaming"}
                & route.given().keys()
            ),
            reason="FieldValueForbidden",
        ),
    )
