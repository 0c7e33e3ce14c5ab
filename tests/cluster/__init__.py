"""The test bed: a real Kubernetes control plane, built from Go modules, without Docker."""

from __future__ import annotations

from tests.cluster.audit import AuditLog, Request
from tests.cluster.failure import StepFailed
from tests.cluster.kubectl import Kubectl
from tests.cluster.light import Cluster
from tests.cluster.node import Node
from tests.cluster.waiting import wait_until

__all__ = ["AuditLog", "Cluster", "Kubectl", "Node", "Request", "StepFailed", "wait_until"]
