"""Who may have which host at which gateway, as the platform's settings say."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from microservice_operator.model.hosts import canonical, covers, is_internal

if TYPE_CHECKING:
    from microservice_operator.platform import Settings


def granted(settings: Settings, gateway: str, host: str, namespace: str) -> bool:
    """Whether this namespace may have the host, if nobody else has it.

    A gateway that the platform does not have grants nothing. Names of the cluster's own services
    are nobody's: at a gateway they would let callers from outside pick what only calls within.
    """
    known = settings.gateways.get(gateway)
    if known is None or is_internal(host, settings.mesh.domain):
        return False
    return known.hosts is None or any(
        covers(canonical(grant.host), host)
        and (
            grant.namespaces is None
            or any(fnmatchcase(namespace, pattern) for pattern in grant.namespaces)
        )
        for grant in known.hosts
    )
