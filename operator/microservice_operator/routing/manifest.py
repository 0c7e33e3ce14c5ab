"""The VirtualService of a host at a gateway, which all who have rules there own together."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from microservice_operator.model.kinds import MICROSERVICE, VIRTUAL_SERVICE
from microservice_operator.model.labels import DOMAIN, MANAGED_BY, MANAGER
from microservice_operator.routing.claims import Site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model.app import Manifest
    from microservice_operator.routing.claims import Claimant
    from microservice_operator.routing.composing import Composed

GATEWAY, HOST = f"{DOMAIN}/gateway", f"{DOMAIN}/host"
LONGEST = 63
DIGITS = 8


def virtual_service(
    site: Site, gateway: str, composed: Composed, claimants: Iterable[Claimant]
) -> Manifest:
    """What serves a site, in the namespace of its claimants; `gateway` is namespace/name."""
    owners = sorted({*claimants})
    return {
        "apiVersion": VIRTUAL_SERVICE.api_version,
        "kind": VIRTUAL_SERVICE.name,
        "metadata": {
            "name": name(site),
            "namespace": owners[0].namespace,
            "labels": {MANAGED_BY: MANAGER, GATEWAY: site.gateway},
            "annotations": {HOST: site.host},
            "ownerReferences": [_owner(each) for each in owners],
        },
        "spec": {"hosts": [site.host], "gateways": [gateway], "http": [*composed.http]},
    }


def name(site: Site) -> str:
    """A name that no other site has and that people can read, as far as there is room."""
    digest = hashlib.sha256(f"{site.gateway}/{site.host}".encode()).hexdigest()[:DIGITS]
    readable = f"{site.host.replace('*', 'wildcard')}-{site.gateway}"[: LONGEST - DIGITS - 1]
    return f"{readable.rstrip('.-')}-{digest}"


def site_of(live: Manifest) -> Site | None:
    """The site that a live VirtualService serves; None for one that is none of these."""
    metadata: dict[str, Any] = live["metadata"]
    gateway = metadata.get("labels", {}).get(GATEWAY)
    host = metadata.get("annotations", {}).get(HOST)
    return Site(gateway, host) if gateway and host else None


def _owner(claimant: Claimant) -> Manifest:
    """None of them is the controller: it stays until the last of them is gone."""
    return {
        "apiVersion": MICROSERVICE.api_version,
        "kind": MICROSERVICE.name,
        "name": claimant.name,
        "uid": claimant.uid,
    }
