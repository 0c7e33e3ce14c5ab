"""What a host is to serve now: of all who claim it, and of those that are carried over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from microservice_operator.engine.served import NOTHING, Served, names
from microservice_operator.routing.claims import Claim, Claimant
from microservice_operator.routing.composing import compose
from microservice_operator.routing.manifest import virtual_service
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microservice_operator.engine.claims import Claims
    from microservice_operator.model import Manifest
    from microservice_operator.routing.composing import Conflict
    from microservice_operator.routing.holding import Host
    from microservice_operator.status import Trouble


@dataclass(frozen=True, slots=True)
class Composition:
    """The VirtualService of a host; without rules there is to be none."""

    manifest: Manifest | None
    """What is to be written; None to remove it."""
    rest: Served
    """What stays when nobody owns it any more."""
    owners: tuple[Claimant, ...]
    served: frozenset[str]
    """The Microservices of which it has any rules."""
    lost: Mapping[str, tuple[Conflict, ...]]
    """By uid, the rules of which another one is served."""

    @property
    def let_go(self) -> bool:
        """Whether all who own it have let it go: it stays as it is, like all of their children."""
        return bool(self.served) and not self.owners


def composition(
    host: Host,
    claims: Claims,
    before: Served,
    gateway: str,
    trouble: Trouble | None,
) -> Composition:
    """Compose the claims, the eldest first; nothing where others have the host, or may.

    What is served at a gateway that the platform no longer names stays as it is, and so do those
    rules of `before` that nobody claims.
    """
    unknown = trouble is not None and trouble.reason == Reason.GATEWAY_UNKNOWN
    if trouble and not unknown:
        return Composition(None, NOTHING, (), frozenset(), {})
    wanted = claims.at(host)
    mine = [replace(claim, carried=claim.carried or unknown) for claim in wanted]
    mine = [claim for claim in mine if not claim.carried or _has_a_share(claim, before)]
    mine = [
        replace(claim, kept=frozenset())
        if claim.kept and not _has_a_share(claim, before)
        else claim
        for claim in mine
    ]
    composed = compose(host.site, (*mine, *_let_go(host, wanted, before)), before.http)
    served = names(composed.http)
    owners = tuple(
        claim.claimant
        for claim in mine
        if claim.claimant.name in served and not claims.is_leaving(claim)
    )
    at = gateway or before.gateway
    manifest = virtual_service(host.site, at, composed, owners) if owners else None
    return Composition(
        manifest, Served(composed.http, at), owners, frozenset(served), composed.lost
    )


def _has_a_share(claim: Claim, before: Served) -> bool:
    """Whether what is live under its name is its own, and not of a Microservice before it."""
    return before.may_carry(claim.claimant.name, claim.claimant.uid)


def _let_go(host: Host, claims: Sequence[Claim], before: Served) -> list[Claim]:
    """The rules of Microservices that were deleted without their children: they stay."""
    known = {claim.claimant.name for claim in claims}
    return [
        Claim(Claimant("", "", host.namespace, name), host.site, carried=True)
        for name in sorted(before.names - known)
    ]
