"""What must exist: one file per child kind, each with `build(app) -> list of manifests`.

`[]` means that the app has no such child, and so that an existing one is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model import kinds
from microservice_operator.resources import (
    authorization_policy,
    autoscaler,
    config_map,
    deployment,
    destination_rule,
    disruption_budget,
    envoy_filter,
    network_policy,
    peer_authentication,
    prometheus_rule,
    request_authentication,
    service,
    service_account,
    service_entry,
    service_monitor,
    sidecar,
    telemetry,
    virtual_service,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from microservice_operator.model import App, Kind, Manifest

CHILDREN: dict[Kind, Callable[[App], list[Manifest]]] = {
    kinds.SERVICE_ACCOUNT: service_account.build,
    kinds.CONFIG_MAP: config_map.build,
    kinds.DEPLOYMENT: deployment.build,
    kinds.SERVICE: service.build,
    kinds.AUTOSCALER: autoscaler.build,
    kinds.DISRUPTION_BUDGET: disruption_budget.build,
    kinds.NETWORK_POLICY: network_policy.build,
    kinds.PEER_AUTHENTICATION: peer_authentication.build,
    kinds.AUTHORIZATION_POLICY: authorization_policy.build,
    kinds.REQUEST_AUTHENTICATION: request_authentication.build,
    kinds.SERVICE_ENTRY: service_entry.build,
    kinds.SIDECAR: sidecar.build,
    kinds.DESTINATION_RULE: destination_rule.build,
    kinds.VIRTUAL_SERVICE: virtual_service.build,
    kinds.ENVOY_FILTER: envoy_filter.build,
    kinds.TELEMETRY: telemetry.build,
    kinds.SERVICE_MONITOR: service_monitor.build,
    kinds.PROMETHEUS_RULE: prometheus_rule.build,
}

# Every track has its own; all others are there once, for all tracks together.
OF_EACH_TRACK = frozenset(
    {
        kinds.CONFIG_MAP,
        kinds.DEPLOYMENT,
        kinds.SERVICE,
        kinds.AUTOSCALER,
        kinds.DISRUPTION_BUDGET,
        kinds.DESTINATION_RULE,
        kinds.ENVOY_FILTER,
    }
)


def desired(app: App, of: Iterable[Kind] = CHILDREN) -> list[Manifest]:
    """Every object of these kinds that must exist for this app, complete with kind and version."""
    return [
        {"apiVersion": kind.api_version, "kind": kind.name, **manifest}
        for kind in of
        for track in (app.tracks if kind in OF_EACH_TRACK else (app,))
        for manifest in CHILDREN[kind](track)
    ]
