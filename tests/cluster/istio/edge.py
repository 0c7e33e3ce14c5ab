"""The edge of a mesh: a public and an internal gateway, in a namespace of their own."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.cluster.certificates import Authority

HERE = Path(__file__).parent
EDGE = "edge"
GATEWAYS = ("public-gateway", "internal-gateway")
HOSTS = ("*.example.com",)


def manifests() -> str:
    """Both gateways, which run as soon as they are let."""
    gateway = (HERE / "gateway.yaml").read_text()
    both = (gateway, gateway.replace("public", "internal"))
    return "---\n".join([(HERE / "edge.yaml").read_text(), *both])


def start(kubectl: Kubectl) -> None:
    """Let the gateways run: the control plane, which gives them their proxy, is there."""
    for name in GATEWAYS:
        kubectl("scale", f"deployment/{name}", f"--namespace={EDGE}", "--replicas=1")


def certificate(authority: Authority) -> dict[str, Any]:
    """What the gateways show to their clients, as the Secret that they read."""
    signed = authority.issue("edge", server=True, names=HOSTS)
    data = zip(("tls.crt", "tls.key"), signed, strict=True)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": EDGE, "namespace": EDGE},
        "type": "kubernetes.io/tls",
        "data": {key: base64.b64encode(file.read_bytes()).decode() for key, file in data},
    }
