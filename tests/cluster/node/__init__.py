"""The real bed: one real node with its control plane, in namespaces of its own, no Docker."""

from __future__ import annotations

from tests.cluster.node.seed import Node

__all__ = ["Node"]
