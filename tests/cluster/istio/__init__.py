"""Istio on the real node: programs, images, installation, and two gateways."""

from __future__ import annotations

from tests.cluster.istio.mesh import Mesh

__all__ = ["Mesh"]
