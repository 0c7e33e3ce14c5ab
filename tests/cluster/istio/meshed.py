"""What any cluster with Istio can be asked, wherever it is."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Protocol

from tests.cluster.istio.edge import EDGE
from tests.cluster.istio.installation import NAMESPACE
from tests.cluster.tools import tool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.namespaces import Requests

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


class Meshed(Protocol):
    """Its gateways, and what its control plane thinks of what it was given."""

    kubeconfig: Path
    """The administrator's."""

    @property
    def api(self) -> Requests:
        """Direct requests as the administrator."""

    def address(self, gateway: str) -> str:
        """Where one of the gateways, `public` or `internal`, is reached from inside."""
        path = f"/api/v1/namespaces/{EDGE}/services/{gateway}-gateway"
        return str(self.api.request("GET", path)[1]["spec"]["clusterIP"])

    def rejects(self) -> float:
        """How many configurations the proxies have refused, of all that they were ever sent."""
        code, answer = self.api.request("GET", f"{PODS}?labelSelector=app%3Distiod")
        assert code == 200, answer
        return sum(self._rejects_of(pod["metadata"]["name"]) for pod in answer["items"])

    def analysis(self) -> list[dict[str, str]]:
        """What `istioctl analyze` finds in all namespaces: code, level, origin and message."""
        command = [str(tool("istioctl")), "analyze", f"--kubeconfig={self.kubeconfig}"]
        done = subprocess.run(
            [*command, "--all-namespaces", "--output=json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stdout.strip(), done.stderr
        found: list[dict[str, str]] = json.loads(done.stdout)
        return found

    def _rejects_of(self, istiod: str) -> float:
        code, text = self.api.request("GET", f"{PODS}/{istiod}:15014/proxy/metrics")
        assert code == 200, text
        found = re.findall(r"^pilot_total_xds_rejects(?:\{.*\})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))
