"""A namespace for each test, called as the test is."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from tests.cluster.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OK, CREATED, CONFLICT = 200, 201, 409


class Requests(Protocol):
    """Whoever sends requests to the API server."""

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send one request and return the status code and the decoded answer."""


@contextmanager
def namespace_of(
    api: Requests, test: str, id_: str, labels: Mapping[str, str] | None = None
) -> Iterator[str]:
    """An empty namespace that admits pods; it is removed behind the test's back."""
    words = re.sub(r"[^a-z0-9]+", "-", test.removeprefix("test_").lower())
    name = f"{words[:50].strip('-')}-{hashlib.sha256(id_.encode()).hexdigest()[:8]}"
    manifest = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {**(labels or {})}},
    }
    create(api, manifest)
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")


def create(api: Requests, manifest: Mapping[str, Any]) -> None:
    """Make a namespace, after the end of the one of before, and wait until it admits pods."""
    name = manifest["metadata"]["name"]

    def made() -> bool:
        code, answer = api.request("POST", "/api/v1/namespaces", manifest)
        assert code in {CREATED, CONFLICT}, answer
        return code == CREATED

    wait_until(made, f"namespace {name} to be free", 120)
    account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    wait_until(lambda: api.request("GET", account)[0] == OK, "pods to be admitted")
