"""The operator as a release of the chart that serves some namespaces, with its roles there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chart.helm import NAMESPACE, of_kind
from tests.chart.rights import granted
from tests.integration.rights import RBAC, denied, used

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chart.helm import Helm, Manifest
    from tests.cluster import Cluster

# Of the command line in the pod, what names files and ports of the pod.
GATEWAYS = {"public": {"gateway": "edge/public", "serviceAccount": "edge/public"}}
OF_THE_POD = ("run", "--settings=", "--metrics-port=")


@dataclass(frozen=True)
class Tenant:
    """One release; it is called as its account."""

    cluster: Cluster
    name: str
    rendered: list[Manifest]

    @classmethod
    def install(cls, cluster: Cluster, helm: Helm, name: str, *namespaces: str) -> Tenant:
        """Make all that it needs but the roles in the namespaces, which may not be there yet."""
        rendered = helm.render(
            fullnameOverride=name,
            namespaces=list(namespaces),
            rbac={"aggregate": False},
            platform={"tenancy": {"serviceAccounts": ["default"]}, "gateways": GATEWAYS},
        )
        tenant = cls(cluster, name, rendered)
        cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
        accounts = of_kind(rendered, "ServiceAccount")
        cluster.apply([each for each in accounts if each["metadata"]["name"] == name])
        tenant.grant(NAMESPACE)
        return tenant

    @property
    def user(self) -> str:
        """Who it is to the API server."""
        return f"system:serviceaccount:{NAMESPACE}:{self.name}"

    @property
    def options(self) -> tuple[str, ...]:
        """How its pod would be started."""
        [deployment] = of_kind(self.rendered, "Deployment")
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        return tuple(each for each in container["args"] if not each.startswith(OF_THE_POD))

    @property
    def settings(self) -> str:
        """What its pod would find in the file of the settings."""
        maps = of_kind(self.rendered, "ConfigMap")
        [said] = [each["data"] for each in maps if "settings.yaml" in each["data"]]
        text: str = said["settings.yaml"]
        return text

    def kubeconfig(self) -> Path:
        """Its credentials."""
        return self.cluster.kubeconfig_for_account(NAMESPACE, self.name)

    def roles(self, namespace: str) -> list[Manifest]:
        """Its roles there and their bindings; those of `helm test` are another account's."""
        own = {self.name, f"{self.name}-leader"}
        return [
            each
            for each in of_kind(self.rendered, *RBAC)
            if each["metadata"].get("namespace") == namespace and each["metadata"]["name"] in own
        ]

    def grant(self, namespace: str, *without: str) -> None:
        """Give it its roles there, as they are, or without these resources."""
        roles = self.roles(namespace)
        self.cluster.apply([_trimmed(each, without) for each in roles])
        kind = "leases" if namespace == NAMESPACE else "deployments"
        self.cluster.kubectl.await_right(self.user, "create", kind, namespace)

    def flaws(self, since: int, *namespaces: str) -> Iterator[str]:
        """What it was denied, what it has in vain, and what it asked for elsewhere."""
        requests = self.cluster.audit.requests(user=self.user, since=since)
        yield from sorted(set(denied(requests)))
        for namespace in (NAMESPACE, *namespaces):
            rules = [rule for role in self.roles(namespace) for rule in role.get("rules", ())]
            there = used(each for each in requests if each.namespace == namespace)
            yield from (f"never used in {namespace}: {each}" for each in granted(rules) - there)
        for each in requests:
            if each.resource and each.namespace not in {NAMESPACE, *namespaces}:
                yield f"asked outside: {each.verb} {each.uri}"
            if not each.resource and each.verb != "get":
                yield f"no discovery: {each.verb} {each.uri}"


def _trimmed(manifest: Manifest, without: tuple[str, ...]) -> Manifest:
    if "rules" not in manifest:
        return manifest
    rules = [
        {**rule, "resources": [name for name in rule["resources"] if name not in without]}
        for rule in manifest["rules"]
    ]
    return {**manifest, "rules": [rule for rule in rules if rule["resources"]]}
