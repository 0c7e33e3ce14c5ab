"""Whom the mesh lets in through gateways: whoever has a token, where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.errors import Invalid
from microservice_operator.model.admission import Limit, rule
from microservice_operator.model.hosts import covers
from microservice_operator.model.public import common, seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from microservice_operator.model.admission import Admission
    from microservice_operator.model.app import App, Manifest
    from microservice_operator.model.auth import Auth
    from microservice_operator.model.exposure import Exposure
    from microservice_operator.platform import Settings

ASKED_BEFORE = {"key": "request.headers[access-control-request-method]", "values": ["*"]}
Gates = dict[str, list["Exposure"]]


def gates(app: App, settings: Settings) -> Gates:
    """The exposures by whom their requests come from: gateways may share their pods."""
    found: Gates = {}
    for exposure in app.exposures:
        gateway = settings.gateways.get(exposure.gateway)
        if gateway:
            found.setdefault(gateway.service_account, []).append(exposure)
    return found


def guarded(found: Gates) -> list[str]:
    """The gateways through which some requests need a token."""
    return [account for account, exposures in found.items() if any(e.auth for e in exposures)]


def gate_rules(
    account: str, exposures: Sequence[Exposure], admitted: Sequence[Admission]
) -> Iterator[Manifest]:
    """Who is let in through this gateway; it is, unless it is named, without any limit.

    Raises:
        Invalid: nobody could tell which of two exposures a request belongs to.
    """
    limits = [each.limit for each in admitted if each.account == account] or [Limit()]
    alike: dict[Auth | None, list[Exposure]] = {}
    for exposure in exposures:
        alike.setdefault(exposure.auth, []).append(exposure)
    for auth, members in alike.items():
        where = _hosts(auth, alike) if len(alike) > 1 else {}
        for limit in limits:
            for source, operation, when in _ways(auth, members, limit):
                yield rule({"serviceAccounts": [account], **source}, {**operation, **where}, *when)


def _ways(
    auth: Auth | None, members: Sequence[Exposure], limit: Limit
) -> Iterator[tuple[Manifest, Manifest, list[Manifest]]]:
    """With a token; without one to what is public; and for browsers that ask whether they may."""
    whole = {**limit.operation}
    if auth is None:
        yield {}, whole, []
        return
    yield auth.source, whole, auth.conditions
    routes = [route for exposure in members for route in exposure.routes]
    public = seen(auth.public, routes, f"spec.exposure[{members[0].name}]")
    paths = [
        path for one in public for other in limit.paths or (one,) if (path := common(one, other))
    ]
    if paths:
        yield {}, whole | {"paths": [*dict.fromkeys(paths)]}, []
    if any(route.cors for route in routes):
        yield {}, whole | {"methods": ["OPTIONS"]}, [ASKED_BEFORE]


def _hosts(auth: Auth | None, alike: Mapping[Auth | None, Sequence[Exposure]]) -> Manifest:
    """By which names these exposures are told from those beside them, with a port or without."""
    ours = [host for exposure in alike[auth] for host in exposure.hosts]
    others = [
        host for one, members in alike.items() if one != auth for e in members for host in e.hosts
    ]
    rewritten = any(r.new_host for members in alike.values() for e in members for r in e.routes)
    if rewritten or {*ours} & {*others}:
        raise Invalid(
            "spec.exposure: must not share a host nor rewrite it where exposures of one gateway "
            "differ in `auth`: nobody could tell their requests apart; `publicPaths` can"
        )
    hidden = [other for other in others if any(covers(host, other) for host in ours)]
    return {"hosts": _spelled(ours)} | ({"notHosts": _spelled(hidden)} if hidden else {})


def _spelled(hosts: Sequence[str]) -> list[str]:
    spelled = ((host,) if host.startswith("*") else (host, f"{host}:*") for host in hosts)
    return [*dict.fromkeys(each for spelling in spelled for each in spelling)]
