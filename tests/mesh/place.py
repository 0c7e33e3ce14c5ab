"""A namespace of the mesh: what runs in it, and what its pods are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.mesh import objects
from tests.mesh.asking import answers

if TYPE_CHECKING:
    from tests.mesh.asking import Answer
    from tests.mesh.bed import Bed
    from tests.mesh.objects import Manifest

TESTS = 9999  # the port of the test application that the mesh leaves alone


@dataclass(frozen=True)
class Place:
    """One namespace, with words for what tests say about it."""

    mesh: Bed
    namespace: str

    def run(
        self, name: str, *, version: str = "v1", replicas: int = 1, injected: bool = True
    ) -> str:
        """Begin to run the test application as this ServiceAccount; its host in the mesh."""
        self.apply(*objects.app(name, version, replicas, injected=injected))
        return self.host(name)

    def apply(self, *manifests: Manifest) -> None:
        """Apply objects of this namespace."""
        self.mesh.apply(list(manifests), self.namespace)

    def replace(self, manifest: Manifest) -> None:
        """Write an object anew, and return as soon as the API server has it."""
        group = manifest["apiVersion"]
        path = f"/apis/{group}/namespaces/{self.namespace}/{manifest['kind'].lower()}s"
        path += f"/{manifest['metadata']['name']}"
        code, live = self.mesh.api.request("GET", path)
        assert code == 200, live
        code, answer = self.mesh.api.request("PUT", path, live | {"spec": manifest["spec"]})
        assert code == 200, answer

    def ready(self, *names: str, timeout: float = 60) -> None:
        """Wait until all pods of these apps are ready."""
        for name in names:
            rollout = ("rollout", "status", f"deployment/{name}", "-n", self.namespace)
            self.mesh.kubectl(*rollout, f"--timeout={timeout:.0f}s", timeout=timeout + 10)

    def end(self, name: str) -> None:
        """Delete an app, and wait until none of its pods and proxies is left."""
        which = (f"deployment/{name}", "-n", self.namespace)
        self.mesh.kubectl("delete", *which, "--cascade=foreground", "--timeout=30s", timeout=40)

    def host(self, name: str) -> str:
        """The name by which the mesh knows the Service of an app."""
        return f"{name}.{self.namespace}.svc.cluster.local"

    def site(self, name: str = "shop") -> str:
        """A host for the gateways that no other test has: routes outlive their test by a moment."""
        return f"{name}-{self.namespace[-8:]}.example.com"

    def pods(self, name: str) -> list[Manifest]:
        """The pods of an app that are not about to end."""
        pods = self._request(f"pods?labelSelector=app%3D{name}")["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def switch(self, pod: Manifest, **how: object) -> None:
        """Let a pod do something wrong, or right again; see `tests/app/server.go`."""
        self._tell(pod, f"switch?{urlencode(how)}")

    def ask_from(
        self, name: str, url: str, count: int = 1, *, method: str = "GET", **headers: str
    ) -> list[Answer]:
        """What a pod of an app is answered, asking so many times."""
        said = [("header", f"{header.replace('_', '-')}:{headers[header]}") for header in headers]
        query = urlencode([("url", url), ("count", count), ("method", method), *said])
        return answers(self._tell(self.pods(name)[0], f"ask?{query}"))

    def tell(self, name: str, path: str) -> Any:
        """Ask the first pod of an app, past the mesh."""
        return self._tell(self.pods(name)[0], path)

    def _tell(self, pod: Manifest, path: str) -> Any:
        return self._request(f"pods/{pod['metadata']['name']}:{TESTS}/proxy/{path}")

    def _request(self, path: str) -> Any:
        whole = f"/api/v1/namespaces/{self.namespace}/{path}"
        code, answer = self.mesh.api.request("GET", whole)
        assert code == 200, answer
        return answer
