"""The meshed bed: a real node on which Istio runs, with a public and an internal gateway."""

from __future__ import annotations

from functools import partial

from typing_extensions import override

from tests.cluster.images.catalogue import APP
from tests.cluster.istio import edge
from tests.cluster.istio.images import pilot, proxyv2
from tests.cluster.istio.installation import NAMESPACE, manifests
from tests.cluster.istio.meshed import Meshed
from tests.cluster.node import Node
from tests.cluster.node.seed import Content
from tests.cluster.preparation import authority
from tests.cluster.tools import compiled


class Mesh(Node, Meshed):
    """One cluster of one real node with Istio; as a context manager it lives as long as its block.

    Pods are injected as Istio's labels say. The Gateways `edge/public` and `edge/internal` take
    any host at port 80, and `*.example.com` at 443, with a certificate of the node's authority.
    """

    @override
    def content(self) -> Content:
        plain = super().content()
        images = (*plain.images, pilot(), proxyv2())
        return Content("mesh-seed", images, (*plain.manifests, *manifests()))

    def outside(self, *arguments: str) -> str:
        """What `app ask` tells who runs it outside of the mesh, beside the pods."""
        trust = f"-trust={authority(self.folder).certificate}"
        program = str(compiled("app", APP, "."))
        return self.run(program, "ask", trust, *arguments, timeout=120).stdout

    @override
    def _launch(self) -> None:
        super()._launch()
        self.apply(edge.certificate(authority(self.folder)))
        self._await("istiod", partial(self._available, NAMESPACE, "istiod"))
        edge.start(self.kubectl)
        for name in edge.GATEWAYS:
            self._await(name, partial(self._available, edge.EDGE, name))
