"""What the suite stands on: some cluster with Istio and two gateways, chosen by CLUSTER."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.e2e import bed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.processes import Processes


class Bed(bed.Bed, Protocol):
    """What tests may use of any."""

    @property
    def processes(self) -> Processes:
        """What runs beside it, and ends with it."""

    def kubeconfig_for_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig for an existing service account."""

    def address(self, gateway: str) -> str:
        """Where one of the gateways, `public` or `internal`, is reached from inside."""

    def outside(self, *arguments: str) -> str:
        """What `app ask` tells who runs it outside of the mesh."""

    def rejects(self) -> float:
        """How many configurations the proxies have refused."""

    def analysis(self) -> list[dict[str, str]]:
        """What `istioctl analyze` finds."""


class Chosen(Bed, bed.Chosen, Protocol):
    """A bed that is there as long as its block."""
