"""The operator as a process of this machine, beside the cluster that it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.cluster.operator import Operator
    from tests.demo.screen import Screen

CRD = ROOT / "crds" / "microservices.yaml"
CRD_NAME = "microservices.microservices.dev"


def run(operator: Operator, kubectl: Kubectl, screen: Screen) -> None:
    """Bring the definition, and start the operator anew."""
    screen.step("The operator")
    kubectl("apply", "--server-side", "-f", str(CRD))
    served = ("get", "--raw", "/apis/microservices.dev/v1alpha1/microservices?limit=1")
    wait_until(lambda: kubectl(*served, check=False).returncode == 0, "the CRD to be served")
    operator.restart()
    screen.done(f"watches; its log is {operator.log}")
