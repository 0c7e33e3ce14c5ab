"""How tests reach a cluster, whatever it is made of: as its administrator or as anybody else."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from tests.cluster import preparation
from tests.cluster.api import Api
from tests.cluster.audit import AuditLog
from tests.cluster.build import build
from tests.cluster.kubectl import Kubectl

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.cluster.kubectl import Manifest


class Access:
    """Reads all it needs from the folder of a running cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"

    @property
    def api(self) -> Api:
        """Direct requests as the administrator."""
        return self.api_of("kube-apiserver")

    @property
    def audit(self) -> AuditLog:
        """Every request that this cluster has answered."""
        return AuditLog(self.folder / "audit.log", self.api)

    @cached_property
    def kubectl(self) -> Kubectl:
        """Kubectl as the administrator: `cluster.kubectl("get", "pods")`."""
        return self.kubectl_as(self.kubeconfig)

    def kubectl_as(self, kubeconfig: Path) -> Kubectl:
        """Kubectl as the user of another kubeconfig."""
        return Kubectl(build(("kubectl",)) / "kubectl", kubeconfig)

    def apply(
        self, manifests: str | Manifest | list[Manifest], namespace: str | None = None
    ) -> None:
        """Apply YAML text, one manifest or a list of them."""
        self.kubectl.apply(manifests, namespace)

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """One object, or None if there is none of that name."""
        return self.kubectl.get(kind, name, namespace)

    def kubeconfig_for(self, user: str, groups: Iterable[str] = ()) -> Path:
        """A kubeconfig for a user of these groups, who may do what RBAC lets them do."""
        groups = tuple(groups)
        path = self._kubeconfig_path(user, *groups)
        return preparation.sign_in(self.folder, path, user, groups)

    def kubeconfig_for_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig for an existing service account."""
        token = self.kubectl("create", "token", name, "-n", namespace, "--duration=24h").stdout
        path = self._kubeconfig_path("account", namespace, name)
        return preparation.write_kubeconfig(self.folder, path, {"token": token.strip()})

    def _kubeconfig_path(self, *identity: str) -> Path:
        digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:12]
        return self.folder / f"user-{digest}.kubeconfig"

    def api_of(self, component: str) -> Api:
        """Direct requests to one component."""
        pki = self.folder / "pki"
        port = preparation.ports_of(self.folder)[component]
        return Api(port, pki / "ca.crt", pki / "kubeconfig.crt", pki / "kubeconfig.key")
