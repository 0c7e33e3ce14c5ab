"""Beds that are not ours: Istio in the cluster of the current context, or in one of kind's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import yaml
from typing_extensions import override

from tests.chart.helm import NAMESPACE, RELEASE
from tests.cluster import StepFailed
from tests.cluster.certificates import Authority
from tests.cluster.istio import edge, installation
from tests.cluster.istio.meshed import Meshed
from tests.cluster.processes import Processes
from tests.cluster.tools import tool
from tests.e2e import elsewhere
from tests.mesh.objects import outsider

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

HUB = "registry.istio.io/release"
INSTALL = f"istioctl install -f tests/cluster/istio/{installation.SETTINGS.name} --set hub={HUB}"
TESTS = "9999"  # the port of the test application that the mesh must leave alone
OUTSIDER = ("outsider", f"--namespace={edge.EDGE}")
GATEWAYS = tuple(f"gateways.networking.istio.io/{name}" for name in ("public", "internal"))
SERVICES = tuple(f"services/{name}" for name in edge.GATEWAYS)
RIGHTS = ("clusterroles,clusterrolebindings", f"--selector=app.kubernetes.io/name={RELEASE}")


class Current(elsewhere.Current, Meshed):
    """The mesh of the current context, left as it was; gateways are brought unless it has some."""

    suite = "mesh"
    images: ClassVar[Mapping[str, str]] = {"APP_IMAGE": elsewhere.IMAGES["APP_IMAGE"]}

    def __init__(self) -> None:
        super().__init__()
        self.processes = Processes(self._folder)
        self._brought: list[tuple[str, ...]] = []

    def kubeconfig_for_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig for an existing service account."""
        token = self.kubectl("create", "token", name, "-n", namespace, "--duration=24h").stdout
        context = yaml.safe_load(self.kubeconfig.read_text())
        context["users"][0]["user"] = {"token": token.strip()}
        path = self._folder / f"{namespace}-{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(context))
        return path

    def outside(self, *arguments: str) -> str:
        """What `app ask` tells a pod without a proxy, which trusts what the gateways show."""
        ask = ("--", "/app", "ask", "-trust=/edge/tls.crt", *arguments)
        return self.kubectl("exec", *OUTSIDER, *ask, timeout=120).stdout

    @override
    def _judge(self) -> None:
        super()._judge()
        said = ("configmap", "istio-sidecar-injector", f"--namespace={installation.NAMESPACE}")
        found = self.kubectl("get", *said, "-o=jsonpath={.data.values}", check=False).stdout
        proxies = json.loads(found or "{}").get("global", {}).get("proxy", {})
        if TESTS not in proxies.get("excludeInboundPorts", "").split(","):
            cause = f"it has no Istio that leaves port {TESTS} of the test application alone"
            raise StepFailed("use this cluster", cause, advice=f"install it with `{INSTALL}`")
        if self._has_edge():
            self._insist_on_gateways()

    def _has_edge(self) -> bool:
        return bool(self.kubectl("get", "namespace", edge.EDGE, "--ignore-not-found").stdout)

    def _insist_on_gateways(self) -> None:
        needed = (*GATEWAYS, *SERVICES, "secrets/edge", f"--namespace={edge.EDGE}")
        found = self.kubectl("get", *needed, check=False)
        if found.returncode:
            advice = f"make them as tests/cluster/istio/gateway.yaml does, or remove {edge.EDGE}"
            raise StepFailed(f"use its namespace {edge.EDGE}", found.stderr.strip(), advice=advice)

    @override
    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._brought = [RIGHTS, ("namespace", NAMESPACE)]
            if self._has_edge():
                self._brought.append(("pod", *OUTSIDER))
            else:
                self._brought.append(("namespace", edge.EDGE))
                self._bring_gateways()
            self.apply(outsider("outsider", edge.EDGE), edge.EDGE)
            self.kubectl("wait", "--for=condition=Ready", "pod", *OUTSIDER, timeout=60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _bring_gateways(self) -> None:
        authority = Authority(self._folder / "pki")
        authority.create()
        self.kubectl("apply", "--server-side", "-f", "-", input=edge.manifests())
        self.apply(edge.certificate(authority))
        edge.start(self.kubectl)
        for name in edge.GATEWAYS:
            rollout = ("rollout", "status", f"deployment/{name}", f"--namespace={edge.EDGE}")
            self.kubectl(*rollout, "--timeout=120s", timeout=130)

    @override
    def __exit__(self, *_: object) -> None:
        for what in self._brought:
            self.kubectl("delete", *what, "--ignore-not-found", check=False, timeout=120)
        for name in self.processes.running():
            self.processes.kill(name)
        super().__exit__()


class Kind(Current, elsewhere.Kind):
    """A cluster of kind, made unless it is there, with the Istio that is pinned."""

    @override
    def _bring_operator(self) -> None:
        """It runs beside the cluster."""

    @override
    def _judge(self) -> None:
        install = (str(tool("istioctl")), "install", "--skip-confirmation")
        settings = (f"--filename={installation.SETTINGS}", f"--set=hub={HUB}")
        elsewhere.run(*install, *settings, f"--kubeconfig={self.kubeconfig}")
        super()._judge()
