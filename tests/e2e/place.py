"""A namespace of a cluster: what runs in it, what its pods answer, what its Microservices say."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.cluster import wait_until
from tests.e2e import load, workloads
from tests.e2e.images import V1

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.e2e.bed import Bed
    from tests.e2e.workloads import Manifest

APP = "web"


@dataclass(frozen=True)
class Place:
    """One namespace, with words for what tests say about it."""

    bed: Bed
    namespace: str

    # ------------------------------------------------------------------ what is done

    def microservice(self, name: str = APP, /, **spec: Any) -> None:
        """Write a Microservice of the test application as a user would, and go on."""
        self.bed.apply(workloads.microservice(name, **spec), self.namespace)

    def run(
        self,
        name: str = APP,
        *,
        replicas: int = 1,
        image: str = V1,
        requests: dict[str, str] | None = None,
    ) -> None:
        """Let the test application run without an operator, and await it."""
        workload = workloads.deployment(name, replicas, image, requests)
        self.bed.apply([workload, workloads.service(name)], self.namespace)
        self.available(name)

    def kubectl(self, *arguments: str, timeout: float = 60) -> str:
        """What kubectl says in this namespace."""
        return self.bed.kubectl(*arguments, "-n", self.namespace, timeout=timeout).stdout

    def load(
        self, service: str = APP, *, path: str = "/", pause: str = "5ms"
    ) -> AbstractContextManager[load.Load]:
        """Requests to a Service as long as a block, and what became of them."""
        return load.load(self, service, path, pause)

    # ------------------------------------------------------------------ what is answered

    def ask(self, path: str = "", service: str = APP) -> tuple[int, Any]:
        """What one of a Service's pods answers; decoded if it is JSON."""
        return self.bed.api.request("GET", self._path(f"services/{service}:80/proxy/{path}"))

    def ask_pod(self, pod: str, path: str = "") -> tuple[int, Any]:
        """What this pod answers, ready or not."""
        return self.bed.api.request("GET", self._path(f"pods/{pod}:8080/proxy/{path}"))

    def fetch(self, url: str, service: str = APP) -> tuple[int, Any]:
        """What one of a Service's pods is answered by a URL."""
        return self.ask(f"fetch?url={quote(url, safe='')}", service)

    # ------------------------------------------------------------------ what is there

    def address(self, service: str = APP) -> str:
        """The Service's own."""
        return self.kubectl("get", "service", service, "-o", "jsonpath={.spec.clusterIP}")

    def pods(self, name: str = APP, *, ending: bool = False) -> list[Manifest]:
        """The pods of an app; on demand also those that are about to end."""
        code, answer = self.bed.api.request("GET", self._path("pods"))
        assert code == 200, answer
        return [
            pod
            for pod in answer["items"]
            if pod["metadata"]["name"].startswith(f"{name}-")
            and (ending or "deletionTimestamp" not in pod["metadata"])
        ]

    def names(self, name: str = APP) -> set[str]:
        """What the pods of an app are called; pods that end are pods still."""
        return {pod["metadata"]["name"] for pod in self.pods(name, ending=True)}

    def waiting_for(self, pod: str) -> str:
        """Why the first container of a pod does not run; empty when it does."""
        found = self.bed.get("pod", pod, self.namespace) or {}
        states = found.get("status", {}).get("containerStatuses", [{}])
        return str(states[0].get("state", {}).get("waiting", {}).get("reason", ""))

    def condition(self, kind: str = "Ready", name: str = APP) -> dict[str, str]:
        """What a Microservice says to this question, if it speaks of its newest spec."""
        self.bed.check("an end-to-end test")
        found = self.bed.get("microservice", name, self.namespace) or {}
        for condition in found.get("status", {}).get("conditions", ()):
            current = condition.get("observedGeneration") == found["metadata"]["generation"]
            if condition["type"] == kind and current:
                return dict(condition)
        return {}

    # ------------------------------------------------------------------ what is awaited

    def serves(self, service: str = APP, version: str = "v1") -> None:
        """Wait until a Service leads to this version: a ready pod is an endpoint a moment later."""

        def met() -> bool:
            code, told = self.ask(service=service)
            return bool(code == 200 and told["version"] == version)

        wait_until(met, f"{service} to answer as {version}", interval=0.2)

    def ready(self, name: str = APP, timeout: float = 60) -> None:
        """Wait until a Microservice says of its newest spec that it is ready."""
        self.says("Ready", lambda said: said.get("status") == "True", name, timeout)

    def says(
        self,
        kind: str,
        holds: Callable[[dict[str, str]], bool],
        name: str = APP,
        timeout: float = 60,
    ) -> dict[str, str]:
        """Wait until a condition is as expected, or show what it says instead."""
        with suppress(TimeoutError):
            wait_until(lambda: holds(self.condition(kind, name)), f"{name}: {kind}", timeout, 0.2)
        said = self.condition(kind, name)
        assert holds(said), said
        return said

    def explained(self, reason: str, words: str = "", name: str = APP, timeout: float = 60) -> str:
        """Wait until this is why there are not all pods, in these words; the whole sentence."""

        def met(it: dict[str, str]) -> bool:
            return it.get("reason") == reason and words in it["message"]

        said = self.says("Available", met, name, timeout)
        assert said["status"] == "False", said
        return said["message"]

    def alone(self, name: str = APP, count: int = 1, timeout: float = 60) -> set[str]:
        """Wait until an app has so many pods and those that were to end are gone; their names."""
        wait_until(lambda: len(self.names(name)) == count, f"{count} pods of {name}", timeout, 0.2)
        return self.names(name)

    def available(self, name: str = APP, timeout: float = 60) -> None:
        """Wait until all pods of a Deployment are ready."""
        rollout = ("rollout", "status", f"deployment/{name}", f"--timeout={timeout:.0f}s")
        self.kubectl(*rollout, timeout=timeout + 10)

    def pod_is_ready(self, name: str, timeout: float = 60) -> None:
        """Wait until one pod is ready."""
        said = ("wait", "--for=condition=Ready", f"pod/{name}", f"--timeout={timeout:.0f}s")
        self.kubectl(*said, timeout=timeout + 10)

    def _path(self, rest: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/{rest}"
