"""Live children as the API server would send them, from the few facts that a test is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from microservice_operator.cluster import decode
from microservice_operator.model.kinds import MICROSERVICE, SERVICE

if TYPE_CHECKING:
    from microservice_operator.cluster.decode import Child
    from microservice_operator.cluster.store import Store
    from microservice_operator.model import Kind

PORTS = {"ports": [{"port": 80}]}


def owner(
    name: str, uid: str = "", kind: str = MICROSERVICE.name, api: str = MICROSERVICE.api_version
) -> dict[str, Any]:
    """A controlling owner."""
    uid = uid or f"uid-of-{name}"
    return {"apiVersion": api, "kind": kind, "name": name, "uid": uid, "controller": True}


def raw(  # noqa: PLR0913  each fact has a default, and a test names the one it is about
    name: str = "orders",
    version: int = 1,
    *,
    uid: str = "",
    namespace: str = "shop",
    by: dict[str, Any] | None = None,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    **metadata: Any,
) -> bytes:
    """One object; it is owned by its namesake unless `by` names nobody with an empty mapping."""
    owners = [owner(name)] if by is None else [by] if by else []
    content = {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"{namespace}/{name}",
            "resourceVersion": str(version),
            "ownerReferences": owners,
            "labels": {"app": name},
            **metadata,
        },
        "spec": PORTS if spec is None else spec,
    }
    return json.dumps(content | ({"status": status} if status is not None else {})).encode()


def child(name: str = "orders", version: int = 1, *, kind: Kind = SERVICE, **facts: Any) -> Child:
    """The same, as it is kept."""
    return decode.child(kind, raw(name, version, **facts))


class Woken(list[str]):
    """Who was woken since it was last read."""

    def __call__(self, namespace: str, name: str, *, urgent: bool) -> None:
        """Note who is woken; in and whether in a hurry."""
        self.append(f"{namespace}/{name}" if urgent else f"{namespace}/{name} calmly")

    def read(self) -> set[str]:
        """Return and forget."""
        names = set(self)
        self.clear()
        return names


def seen(store: Store, *args: Any, **facts: Any) -> None:
    """Take an event about a Service."""
    store.seen(SERVICE, raw(*args, **facts))


def names(store: Store, uid: str) -> set[str]:
    """The children of one Microservice."""
    return {child.name for child in store.of(uid)}
