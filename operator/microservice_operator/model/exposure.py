"""What an app shows to callers from outside: hosts at gateways, and routes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from microservice_operator.api.relations import VERSION
from microservice_operator.api.versions import STABLE
from microservice_operator.errors import Invalid
from microservice_operator.model.auth import auth
from microservice_operator.model.cookies import asked
from microservice_operator.model.hosts import canonical
from microservice_operator.model.mesh import retries
from microservice_operator.model.public import PLAIN
from microservice_operator.model.written import manifest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from microservice_operator.api import exposure as api
    from microservice_operator.api.matching import (
        CookieCondition,
        HeaderCondition,
        ParameterCondition,
        PathCondition,
        RequestMatch,
    )
    from microservice_operator.api.routes import Mirror
    from microservice_operator.api.routes import Route as Said
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import Manifest, Port
    from microservice_operator.model.auth import Auth

Kind = Literal["exact", "prefix", "regex", "present", "missing"]
VALUED: tuple[Kind, ...] = ("exact", "prefix", "regex")
WHOLE_PATH = ":path"
"""The header that has what is asked for as it was asked, with all that follows."""
ALL = "all"
"""What the only route of an exposure without routes is called."""


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """What is asked of the path, a header, a parameter or a cookie."""

    name: str
    """Empty for the path."""
    kind: Kind
    value: str = ""


ANY_PATH = Condition("", "prefix", "/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Conditions that must all hold of a request."""

    path: Condition = ANY_PATH
    """A prefix ends in no slash, but for the one that is all paths."""
    methods: tuple[str, ...] = ()
    """In their order; none means any."""
    headers: tuple[Condition, ...] = ()
    query: tuple[Condition, ...] = ()
    cookies: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What becomes of some requests."""

    name: str
    match: Match = field(default_factory=Match)
    port: int
    """A port of the Service."""
    version: str = ""
    """The only track that gets these requests; empty for all by their shares."""
    new_path: str = ""
    """In place of the prefix, or of the whole path where the match has none; empty for as it is."""
    new_host: str = ""
    redirect: Manifest = field(default_factory=dict)
    headers: Manifest = field(default_factory=dict)
    timeout: str = ""
    """Its own; empty for what holds for all callers."""
    retries: Manifest = field(default_factory=dict)
    cors: Manifest = field(default_factory=dict)
    fault: Manifest = field(default_factory=dict)
    mirror: Manifest = field(default_factory=dict)
    """Which track gets a copy, and of how many requests."""
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """Some hosts at one gateway."""

    name: str
    gateway: str
    hosts: tuple[str, ...]
    """In the one spelling that hosts have."""
    https_redirect: bool
    routes: tuple[Route, ...]
    auth: Auth | None = None
    """Whose token is needed; None for nobody's."""


def exposures(spec: Spec, ports: tuple[Port, ...], narrow: Container[str]) -> tuple[Exposure, ...]:
    """Every exposure of a spec.

    One without routes has one for all requests. Where it depends on the path whether a request is
    let in, as at gateways that are `narrow`, only plain paths are served.
    """
    said, stable = spec.exposure, spec.version or VERSION
    _must_be_told_apart(said)
    _must_be_short(said)
    known = {name: port.port for port in ports for name in (port.name, port.port)}
    first = next((port.port for port in ports if port.speaks_http), 0)
    forgeable = [told.header for one in said if one.auth for told in one.auth.claim_headers]
    return tuple(
        Exposure(
            name=one.name,
            gateway=one.gateway,
            hosts=tuple(dict.fromkeys(map(canonical, one.hosts))),
            https_redirect=bool(one.https_redirect),
            routes=tuple(
                _unforged(_plain(route) if _judges_paths(one, narrow) else route, forgeable)
                for route in [
                    _route(route, first if route.to.port is None else known[route.to.port], stable)
                    for route in one.routes
                ]
                or [Route(name=ALL, port=first)]
            ),
            auth=auth(one.auth, f"spec.exposure[{one.name}].auth") if one.auth else None,
        )
        for one in said
    )


def _must_be_told_apart(said: Iterable[api.Exposure]) -> None:
    """Look for routes that are called alike at one host of one gateway.

    Raises:
        Invalid: nobody could tell which is meant.
    """
    seen: set[tuple[str, str, str]] = set()
    for number, one in enumerate(said):
        routes = [route.name for route in one.routes] or [ALL]
        named = {
            (one.gateway, host, route) for host in map(canonical, one.hosts) for route in routes
        }
        for gateway, host, route in sorted(named & seen):
            raise Invalid(
                f"spec.exposure[{number}].routes: must not have the name '{route}', which a route "
                f"of an exposure before it has for '{host}' at '{gateway}'"
            )
        seen |= named


def _must_be_short(said: Iterable[api.Exposure]) -> None:
    for number, one in enumerate(said):
        for place, route in enumerate(one.routes):
            asked(route.match.cookies, f"spec.exposure[{number}].routes[{place}].match")


def _judges_paths(one: api.Exposure, narrow: Container[str]) -> bool:
    return bool(one.auth and one.auth.public_paths) or one.gateway in narrow


def _plain(route: Route) -> Route:
    """The same for paths that everybody reads alike."""
    headers = (*route.match.headers, Condition(WHOLE_PATH, "regex", PLAIN))
    return replace(route, match=replace(route.match, headers=headers))


def _unforged(route: Route, forgeable: Sequence[str]) -> Route:
    """The same, taking away what only a token may tell."""
    if not forgeable:
        return route
    request = route.headers.get("request", {})
    removed = [*dict.fromkeys([*request.get("remove", ()), *forgeable])]
    return replace(route, headers={**route.headers, "request": {**request, "remove": removed}})


def _route(said: Said, port: int, stable: str) -> Route:
    rewrite = said.rewrite
    return Route(
        name=said.name,
        match=_match(said.match),
        port=port,
        version=_track(said.to.version, stable) if said.to.version else "",
        new_path=(rewrite and rewrite.path) or "",
        new_host=(rewrite and rewrite.host) or "",
        redirect=manifest(said.redirect) if said.redirect else {},
        headers=manifest(said.headers),
        timeout=said.timeout or "",
        retries=retries(said.retries),
        cors=manifest(said.cors) if said.cors else {},
        fault=manifest(said.fault) if said.fault else {},
        mirror=_mirror(said.mirror, stable) if said.mirror else {},
        streaming=bool(said.streaming),
    )


def _track(version: str, stable: str) -> str:
    return STABLE if version == stable else version


def _mirror(said: Mirror, stable: str) -> Manifest:
    return {**manifest(said), "version": _track(said.version, stable)}


def _match(said: RequestMatch) -> Match:
    return Match(
        path=_path(said.path) if said.path else ANY_PATH,
        methods=tuple(sorted({*(said.methods or ())})),
        headers=_conditions(said.headers),
        query=_conditions(said.query),
        cookies=_conditions(said.cookies),
    )


def _path(said: PathCondition) -> Condition:
    if said.prefix is not None:
        return Condition("", "prefix", said.prefix.rstrip("/") or "/")
    kind: Kind = "regex" if said.exact is None else "exact"
    return Condition("", kind, said.exact or said.regex or "")


def _conditions(
    said: Iterable[HeaderCondition | ParameterCondition | CookieCondition],
) -> tuple[Condition, ...]:
    return tuple(sorted(map(_condition, said)))


def _condition(said: HeaderCondition | ParameterCondition | CookieCondition) -> Condition:
    written = manifest(said)
    for kind in VALUED:
        if kind in written:
            return Condition(said.name, kind, written[kind])
    return Condition(said.name, "present" if said.present else "missing")
