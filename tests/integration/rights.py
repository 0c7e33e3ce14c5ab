"""The operator's rights: exactly those of the chart, and whether it needs them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.chart.helm import NAMESPACE, RELEASE, of_kind
from tests.chart.rights import granted
from tests.integration.world import USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.chart.helm import Helm, Manifest
    from tests.cluster import Kubectl, Request

RBAC = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
FORBIDDEN, CREATED = 403, 201

Right = tuple[str, str, str]


class Server(Protocol):
    """Any cluster, as somebody who may give rights in it."""

    def apply(self, manifests: list[Manifest]) -> None:
        """Apply a list of manifests."""

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl as the administrator."""

    def kubeconfig_for_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig for an existing service account."""


def grant(cluster: Server, helm: Helm, *namespaces: str) -> Path:
    """Give the chart's ServiceAccount the chart's roles, and return its kubeconfig."""
    rendered = helm.render(namespaces=list(namespaces))
    cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    cluster.apply(of_kind(rendered, "ServiceAccount", *RBAC))
    for kind, wheres in (("deployments", namespaces or ["default"]), ("leases", [NAMESPACE])):
        for where in wheres:
            cluster.kubectl.await_right(USER, "create", kind, where)
    return cluster.kubeconfig_for_account(NAMESPACE, RELEASE)


def rules(manifests: list[Manifest]) -> list[Manifest]:
    """The rules of the operator's own roles."""
    roles = of_kind(manifests, "ClusterRole", "Role")
    own = {RELEASE, f"{RELEASE}-leader"}
    return [rule for role in roles if role["metadata"]["name"] in own for rule in role["rules"]]


def denied(requests: Iterable[Request]) -> Iterator[str]:
    """Requests that a role does not allow; what a quota or a policy forbids is no matter of it."""
    for request in requests:
        if request.code == FORBIDDEN and 'User "' in request.message:
            yield request.message


def used(requests: Iterable[Request]) -> set[Right]:
    """The rights that these requests needed; an apply that created something needed two."""
    rights = set()
    for request in requests:
        if request.resource and request.code != FORBIDDEN:
            resource = "/".join(filter(None, (request.resource, request.subresource)))
            rights.add((request.group, resource, request.verb))
            if request.verb == "patch" and request.code == CREATED:
                rights.add((request.group, resource, "create"))
    return rights


def flaws(requests: list[Request], manifests: list[Manifest], *, whole: bool) -> Iterator[str]:
    """What the operator was denied; after a whole run, also what it was granted in vain."""
    for message in sorted(set(denied(requests))):
        yield f"denied, add it to tests/chart/rights.py: {message}"
    if whole:
        for group, resource, verb in sorted(granted(rules(manifests)) - used(requests)):
            yield f"granted and never used, see tests/chart/rights.py: {verb} {group}/{resource}"
