"""What an app claims of hosts at gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.app import Mode
from microservice_operator.routing.claims import Claim, Claimant, Site
from microservice_operator.routing.entries import entries
from microservice_operator.routing.precedence import rules

if TYPE_CHECKING:
    from microservice_operator.model.app import App
    from microservice_operator.routing.claims import Rule


def claims(app: App, created: str) -> tuple[Claim, ...]:
    """One claim for each host at each gateway; it costs so much that it is kept with the app.

    What is not to be carried out now claims that all stays as it is.
    """
    claimant = Claimant(created, app.uid, app.namespace, app.name)
    if app.mode is not Mode.APPLY:
        return tuple(Claim(claimant, site, carried=True) for site in _sites(app))
    wanted: dict[Site, tuple[Rule, ...]] = dict.fromkeys(_sites(app), ())
    for exposure in app.published:
        found = tuple(
            rule
            for route in exposure.routes
            for rule in rules(entries(app, route, https=exposure.https_redirect))
        )
        for host in exposure.hosts:
            site = Site(exposure.gateway, host)
            wanted[site] += found
    return tuple(Claim(claimant, site, known) for site, known in wanted.items())


def _sites(app: App) -> dict[Site, None]:
    """Each of them once, in their order."""
    return {
        Site(exposure.gateway, host): None for exposure in app.exposures for host in exposure.hosts
    }
