"""What becomes of the requests of a route: the entries of a VirtualService."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from microservice_operator.api.relations import EVERYBODY
from microservice_operator.model.exposure import ANY_PATH
from microservice_operator.routing.matching import matches
from microservice_operator.routing.shares import Share, Split, splits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from microservice_operator.model.app import App, Manifest
    from microservice_operator.model.exposure import Route

TO_HTTPS = {"scheme": "https", "redirectCode": 301}
BY_HTTP, BY_HTTPS = ({"scheme": {"exact": scheme}} for scheme in ("http", "https"))
FOUND_ELSEWHERE = 301
ANY_ORIGIN = ".*"
LABELS = "[-.a-z0-9]+"


def entries(app: App, route: Route, *, https: bool) -> Iterator[Manifest]:
    """The entries of a route, the particular ones first; `https` sends whoever asks by http there.

    What would go to nobody, for nobody has arrived yet, is left out.
    """
    name, known = f"{app.name}.{route.name}", []
    for split in [Split({}, ())] if route.redirect else _splits(app, route):
        match = matches(route.match, split.match, cors=bool(route.cors))
        if match is None or match in known or not (split.shares or route.redirect):
            continue
        known.append(match)
        if https and "scheme" not in route.redirect:
            yield {"name": name, **_only(match, BY_HTTP), "redirect": TO_HTTPS}
        besides = _by_another_scheme(route.redirect)
        yield {"name": name, **_only(match, besides), **_served(app, route, split.shares)}


def _by_another_scheme(redirect: Manifest) -> Manifest:
    """Whoever asks by the scheme that alone is to change would be sent round in a circle."""
    if "scheme" not in redirect or redirect.keys() & {"host", "path"}:
        return {}
    return BY_HTTP if redirect["scheme"] == "https" else BY_HTTPS


def _only(match: tuple[Manifest, ...], besides: Manifest) -> Manifest:
    found = [{**each, **besides} for each in match or ({},)]
    return {"match": found} if any(found) else {}


def _splits(app: App, route: Route) -> tuple[Split, ...]:
    if not route.version:
        return splits(app)
    only = [Share(each.mesh.host, EVERYBODY) for each in _track(app, route.version)]
    return (Split({}, tuple(only)),)


def _track(app: App, track: str) -> list[App]:
    return [each for each in app.tracks if each.track == track and each.arrived]


def _served(app: App, route: Route, shares: tuple[Share, ...]) -> Manifest:
    common = _some(headers=_headers(route.headers), corsPolicy=_cors(route))
    if route.redirect:
        return {"redirect": _redirect(route.redirect), **common}
    return {
        "route": [_destination(share, route.port, alone=len(shares) == 1) for share in shares],
        **_some(
            rewrite=_rewrite(route), fault=_fault(route.fault), mirrors=_mirrors(app, route, shares)
        ),
        **common,
        **_patience(app, route),
    }


def _destination(share: Share, port: int, *, alone: bool) -> Manifest:
    destination = {"destination": {"host": share.host, "port": {"number": port}}}
    return destination if alone else {**destination, "weight": share.weight}


def _patience(app: App, route: Route) -> Manifest:
    """What holds for all callers holds for those from outside, unless the route says more.

    A second try would keep a copy of all that streams in.
    """
    if route.streaming:
        return {"retries": {"attempts": 0}}
    return {**app.mesh.route, **_some(timeout=route.timeout, retries=route.retries)}


def _rewrite(route: Route) -> Manifest:
    path: Manifest = {}
    if route.new_path:
        path = {"uriRegexRewrite": _new_path(route)}
    return {**path, **_some(authority=route.new_host)}


def _new_path(route: Route) -> Manifest:
    """`/orders/x` under `/` is `/x` and `/orders` is `/`: never two slashes, never none."""
    asked, new = route.match.path, route.new_path.rstrip("/")
    if asked == ANY_PATH:
        return {"match": "^/", "rewrite": f"{new}/"}
    if asked.kind != "prefix":
        return {"match": "^.*$", "rewrite": route.new_path}
    return {"match": f"^{re.escape(asked.value)}" + ("" if new else "/*"), "rewrite": new or "/"}


def _redirect(said: Manifest) -> Manifest:
    names = {"scheme": "scheme", "host": "authority", "path": "uri"}
    moved = {theirs: said[ours] for ours, theirs in names.items() if ours in said}
    return {**moved, "redirectCode": said.get("code", FOUND_ELSEWHERE)}


def _headers(said: Manifest) -> Manifest:
    return {where: _changes(said[where]) for where in ("request", "response") if said.get(where)}


def _changes(said: Manifest) -> Manifest:
    """Proxies take what stands between two `%` for something to fill in; ours is as it is."""
    changes: dict[str, Any] = {
        how: {each["name"]: each["value"].replace("%", "%%") for each in said[how]}
        for how in ("set", "add")
        if said.get(how)
    }
    return {**changes, **_some(remove=said.get("remove"))}


def _cors(route: Route) -> Manifest:
    """What other origins ask beforehand is never the service's to answer."""
    said = route.cors
    if not said:
        return {}
    return {
        "allowOrigins": [_origin(origin) for origin in said["origins"]],
        "unmatchedPreflights": "IGNORE",
        **_some(
            allowMethods=said.get("methods", [*route.match.methods]),
            allowHeaders=said.get("headers"),
            exposeHeaders=said.get("expose"),
            maxAge=said.get("maxAge"),
            allowCredentials=said.get("credentials"),
        ),
    }


def _origin(origin: str) -> Manifest:
    if origin == "*":
        return {"regex": ANY_ORIGIN}
    if "*" not in origin:
        return {"exact": origin}
    scheme, _, domain = origin.partition("*")
    return {"regex": f"{re.escape(scheme)}{LABELS}{re.escape(domain)}"}


def _fault(said: Manifest) -> Manifest:
    delay, abort = said.get("delay"), said.get("abort")
    return _some(
        delay=delay and {"fixedDelay": delay["duration"], **_percentage(delay)},
        abort=abort and {"httpStatus": abort["code"], **_percentage(abort)},
    )


def _percentage(said: Manifest) -> Manifest:
    return {"percentage": {"value": said.get("percent", EVERYBODY)}}


def _mirrors(app: App, route: Route, shares: tuple[Share, ...]) -> list[Manifest]:
    """Whoever gets them all anyway does not get them twice."""
    alone = {share.host for share in shares} if len(shares) == 1 else set()
    return [
        {
            "destination": {"host": each.mesh.host, "port": {"number": route.port}},
            **_percentage(route.mirror),
        }
        for each in _track(app, route.mirror.get("version", ""))
        if each.mesh.host not in alone
    ]


def _some(**fields: Any) -> Mapping[str, Any]:
    return {name: value for name, value in fields.items() if value}
