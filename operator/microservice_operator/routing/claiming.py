"""What an app claims of hosts at gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.app import Mode
from microservice_operator.routing.claims import Claim, Claimant, Site
from microservice_operator.routing.entries import entries
from microservice_operator.routing.precedence import rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model.app import App
    from microservice_operator.model.exposure import Exposure, Route
    from microservice_operator.routing.claims import Rule


def claims(app: App, created: str) -> tuple[Claim, ...]:
    """One claim for each host at each gateway; it costs so much that it is kept with the app.

    What is not to be carried out now claims that all stays as it is; so does a host for which a
    token is needed as long as nobody has seen whether somebody would ask for it.
    """
    claimant = Claimant(created, app.uid, app.namespace, app.name)
    if app.mode is not Mode.APPLY:
        return tuple(Claim(claimant, site, carried=True) for site in _sites(app))
    wanted: dict[Site, tuple[Rule, ...]] = dict.fromkeys(_sites(app), ())
    kept: dict[Site, frozenset[str]] = dict.fromkeys(_sites(app), frozenset())
    for exposure in app.published:
        found = [(each, _rules(app, exposure, each)) for each in exposure.routes]
        waiting = frozenset(f"{app.name}.{route.name}" for route, served in found if not served)
        for host in exposure.hosts:
            site = Site(exposure.gateway, host)
            wanted[site] += tuple(rule for _, served in found for rule in served)
            kept[site] |= waiting
    unseen = {*_sites(app)} - {*_sites_of(app.published)} if app.mesh.proxied is None else set()
    return tuple(
        Claim(claimant, site, known, site in unseen, kept[site], withheld=not known)
        for site, known in wanted.items()
    )


def _rules(app: App, exposure: Exposure, route: Route) -> tuple[Rule, ...]:
    return tuple(rules(entries(app, route, https=exposure.https_redirect)))


def _sites(app: App) -> dict[Site, None]:
    """Each of them once, in their order."""
    return _sites_of(app.exposures)


def _sites_of(exposures: Iterable[Exposure]) -> dict[Site, None]:
    return {Site(exposure.gateway, host): None for exposure in exposures for host in exposure.hosts}
