"""The meshed bed: a real node on which Istio runs, with a public and an internal gateway."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.cluster.istio.images import pilot, proxyv2
from tests.cluster.istio.installation import NAMESPACE, manifests
from tests.cluster.node import Node
from tests.cluster.node.seed import Content
from tests.cluster.preparation import authority
from tests.cluster.tools import tool

if TYPE_CHECKING:
    from pathlib import Path

EDGE = "edge"
GATEWAYS = ("public-gateway", "internal-gateway")
HOSTS = ("*.example.com",)
METRICS = f"/api/v1/namespaces/{NAMESPACE}/services/istiod:15014/proxy/metrics"


class Mesh(Node):
    """One cluster of one real node with Istio; as a context manager it lives as long as its block.

    Pods are injected as Istio's labels say. The Gateways `edge/public` and `edge/internal` take
    any host at port 80, and `*.example.com` at 443, with a certificate that `authority` signed.
    """

    @override
    def content(self) -> Content:
        plain = super().content()
        images = (*plain.images, pilot(), proxyv2())
        return Content("mesh-seed", images, (*plain.manifests, *manifests()))

    @property
    def authority(self) -> Path:
        """Whom a client of the gateways must trust."""
        return authority(self.folder).certificate

    def address(self, gateway: str) -> str:
        """Where one of the gateways, `public` or `internal`, is reached from inside the node."""
        path = f"/api/v1/namespaces/{EDGE}/services/{gateway}-gateway"
        return str(self.api.request("GET", path)[1]["spec"]["clusterIP"])

    def rejects(self) -> float:
        """How many configurations the proxies have refused, of all that they were ever sent."""
        code, text = self.api.request("GET", METRICS)
        assert code == 200, text
        found = re.findall(r"^pilot_total_xds_rejects(?:\{.*\})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

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

    @override
    def _launch(self) -> None:
        super()._launch()
        self.apply(self._certificate())
        self._await("istiod", partial(self._available, NAMESPACE, "istiod"))
        for name in GATEWAYS:
            self.kubectl("scale", f"deployment/{name}", f"--namespace={EDGE}", "--replicas=1")
        for name in GATEWAYS:
            self._await(name, partial(self._available, EDGE, name))

    def _certificate(self) -> dict[str, Any]:
        signed = authority(self.folder).issue("edge", server=True, names=HOSTS)
        data = zip(("tls.crt", "tls.key"), signed, strict=True)
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "edge", "namespace": EDGE},
            "type": "kubernetes.io/tls",
            "data": {key: base64.b64encode(file.read_bytes()).decode() for key, file in data},
        }
