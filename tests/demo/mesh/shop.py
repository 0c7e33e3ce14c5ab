"""The shop of the demo: its objects, its pods, and what they say."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.demo.places.meshed import SHOP

if TYPE_CHECKING:
    from tests.demo.places.meshed import Meshed
    from tests.demo.screen import Screen

NAMESPACE = "shop"
WHERE = ("-n", NAMESPACE)
TESTS = 9999  # the port of the test application that the mesh leaves alone
READY = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"


@dataclass(frozen=True)
class Shop:
    """Four Microservices in a namespace of their own."""

    place: Meshed
    screen: Screen

    def bring(self) -> None:
        """Apply the objects, and wait until all of them are ready."""
        names = sorted(file.stem for file in SHOP.glob("*.yaml"))
        folder = os.path.relpath(SHOP)
        self.screen.command(f"{self.place.typed} create namespace {NAMESPACE}")
        self.place.kubectl("create", "namespace", NAMESPACE, check=False)
        self.screen.command(f"{self.place.typed} apply {' '.join(WHERE)} -f {folder}")
        self.say("apply", "-f", str(SHOP))
        ready = ["True"] * len(names)
        wait_until(lambda: self.say("get", "msvc", "-o", READY).split() == ready, "the shop", 120)
        self.screen.done(f"{', '.join(names)} are ready")

    def say(self, *arguments: str) -> str:
        """What kubectl says about this namespace."""
        return self.place.kubectl(*arguments, *WHERE, timeout=60).stdout

    def show(self, *arguments: str) -> None:
        """Show what a person would type, and the answer."""
        self.screen.command(f"{self.place.typed} {' '.join((*arguments, *WHERE))}")
        self.screen.detail(self.say(*arguments))

    def change(self, name: str, operation: str, path: str, value: object) -> None:
        """Change a field of a Microservice."""
        patch = json.dumps([{"op": operation, "path": f"/spec/{path}", "value": value}])
        words = ("patch", "msvc", name, *WHERE, "--type=json", "-p")
        self.screen.command(f"{self.place.typed} {' '.join(words)}", f"'{patch}'")
        self.place.kubectl(*words, patch)

    def pods(self, name: str) -> list[str]:
        """The names of the pods of a Microservice that are not about to end."""
        selected = ("-l", f"app.kubernetes.io/name={name}", "-o", "json")
        found = json.loads(self.say("get", "pods", *selected))["items"]
        living = (pod["metadata"] for pod in found if "deletionTimestamp" not in pod["metadata"])
        return sorted(metadata["name"] for metadata in living)

    def tell(self, pod: str, path: str, *, shown: bool = False) -> str:
        """Ask a pod itself, past the mesh."""
        url = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}:{TESTS}/proxy/{path}"
        if shown:
            self.screen.command(f"{self.place.typed} get --raw '{url}'")
        return self.place.kubectl("get", "--raw", url).stdout

    def answers(self, caller: str, callee: str, status: int) -> bool:
        """Whether a pod of a service is answered in this way when it calls another service."""
        [told] = json.loads(self.tell(self.pods(caller)[0], f"ask?url=http://{callee}/"))
        return bool(told["status"] == status)
