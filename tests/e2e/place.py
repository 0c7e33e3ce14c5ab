"""A namespace of a real node: what runs in it, and what its pods answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.cluster import Node, wait_until

APP = "testbed.example/app:v1"

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """One namespace, with words for what tests say about it."""

    node: Node
    namespace: str

    def run(
        self,
        name: str = "web",
        *,
        replicas: int = 1,
        image: str = APP,
        requests: dict[str, str] | None = None,
    ) -> None:
        """Let the test application run behind a Service of the same name, and await it."""
        workload = deployment(name, replicas, image, requests)
        self.node.apply([workload, service(name)], self.namespace)
        self.available(name)

    def available(self, name: str, timeout: float = 60) -> None:
        """Wait until all pods of a Deployment are ready."""
        rollout = ("rollout", "status", f"deployment/{name}", "-n", self.namespace)
        self.node.kubectl(*rollout, f"--timeout={timeout:.0f}s", timeout=timeout + 10)

    def ask(self, path: str = "", service: str = "web") -> tuple[int, Any]:
        """What one of a Service's pods answers; decoded if it is JSON."""
        base = f"/api/v1/namespaces/{self.namespace}/services/{service}:80/proxy/"
        return self.node.api.request("GET", base + path)

    def fetch(self, url: str, service: str = "web") -> tuple[int, Any]:
        """What one of a Service's pods is answered by a URL."""
        return self.ask(f"fetch?url={quote(url, safe='')}", service)

    def pods(self, name: str = "web") -> list[Manifest]:
        """The pods of an app that are not about to end."""
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        code, answer = self.node.api.request("GET", path)
        assert code == 200, answer
        return [
            pod
            for pod in answer["items"]
            if pod["metadata"]["name"].startswith(f"{name}-")
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def waiting_for(self, pod: str) -> str:
        """Why the first container of a pod does not run; empty when it does."""
        found = self.node.get("pod", pod, self.namespace) or {}
        states = found.get("status", {}).get("containerStatuses", [{}])
        return str(states[0].get("state", {}).get("waiting", {}).get("reason", ""))

    def ready(self, name: str, timeout: float = 60) -> None:
        """Wait until a Microservice says of its newest spec that it is ready."""
        with suppress(TimeoutError):
            wait_until(lambda: not self.troubles(name), f"{name} to be ready", timeout)
        assert not self.troubles(name)

    def troubles(self, name: str) -> list[str]:
        """What keeps a Microservice from being ready, as it says itself."""
        self.node.processes.check("an end-to-end test")
        found = self.node.get("microservice", name, self.namespace) or {}
        conditions = found.get("status", {}).get("conditions", ())
        said = [condition for condition in conditions if condition["type"] == "Ready"]
        if not said or said[0].get("observedGeneration") != found["metadata"]["generation"]:
            return ["it has not said so yet"]
        if said[0]["status"] != "True":
            return [f"{said[0]['reason']}: {said[0]['message']}"]
        return []


def deployment(
    name: str, replicas: int = 1, image: str = APP, requests: dict[str, str] | None = None
) -> Manifest:
    """Pods of the test application that are ready as soon as they answer."""
    labels = {"app": name}
    container = {
        "name": "app",
        "image": image,
        "resources": {"requests": requests or {}},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 5},
            },
        },
    }


def service(name: str) -> Manifest:
    """The Service of `deployment`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
