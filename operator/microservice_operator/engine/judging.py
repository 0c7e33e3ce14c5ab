"""Who may serve a host: by the platform's grants, and by who was there first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.routing.claims import Claimant
from microservice_operator.routing.granting import granted
from microservice_operator.routing.holding import Right, holder
from microservice_operator.routing.manifest import name
from microservice_operator.status import Trouble
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from microservice_operator.engine.claims import Claims
    from microservice_operator.platform import Settings
    from microservice_operator.routing.holding import Host

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Court:
    """Judges the hosts of one namespace against those of all others.

    `held` says whether something of a host is live, or was until somebody took it away; `left`
    whether what is live was let go by all who owned it.
    """

    claims: Claims
    settings: Settings
    held: Callable[[Host], bool]
    left: Callable[[Host], bool]

    def judge(self, host: Host) -> Trouble | None:
        """Why this namespace may not serve this host now; None when it may."""
        gateways = self.settings.gateways
        if host.gateway not in gateways:
            return Trouble(Reason.GATEWAY_UNKNOWN, _unknown(host.gateway, sorted(gateways)))
        if not self._granted(host):
            return Trouble(
                Reason.HOST_FORBIDDEN,
                f"The platform does not give {host.host} on gateway {host.gateway} to namespace "
                f"{host.namespace}; use another host, or ask whoever runs the platform for it.",
            )
        rival = holder(host, self.claims.hosts, self._right)
        if rival is None:
            return None
        other = "" if rival.host == host.host else f", with {rival.host},"
        return Trouble(
            Reason.HOST_TAKEN,
            f"Namespace {rival.namespace} holds {host.host}{other} on gateway {host.gateway}; use "
            f"another host, or let {self._way_out(rival)}.",
        )

    def contested(self, host: Host) -> bool:
        """Whether anybody else wants it, or has it."""
        return any(self._right(rival) for rival in self.claims.hosts.rivals(host))

    def _way_out(self, rival: Host) -> str:
        """What ends it; of a Microservice deleted without its children nobody gives up a thing."""
        if not self.left(rival):
            return "that namespace give it up"
        what = f"VirtualService/{name(rival.site)}"
        return f"somebody delete {what} there, which has outlived its Microservices"

    def _right(self, host: Host) -> Right | None:
        """How good its right to the host is; None while it wants nothing, or may not."""
        held, claims = self.held(host), self.claims.at(host)
        wants = [claim for claim in claims if claim.rules or claim.withheld]
        if not held and not (wants and self._granted(host)):
            return None
        nobody = Claimant("", "", host.namespace, "")
        return Right(not held, next((claim.claimant for claim in wants or claims), nobody))

    def _granted(self, host: Host) -> bool:
        return granted(self.settings, host.gateway, host.host, host.namespace)


def _unknown(gateway: str, known: list[str]) -> str:
    if not known:
        return f"The platform has no gateway {gateway}, nor any other."
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return f"The platform has no gateway {gateway}; it has {', '.join(known[:MOST_NAMED])}{more}."
