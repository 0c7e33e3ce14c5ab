"""The write protocol: every write is atomic, and none can hit an object that is not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.cluster.api import APPLY, JSON_PATCH
from microservice_operator.model.kinds import MICROSERVICE
from microservice_operator.model.labels import MANAGER
from microservice_operator.plan import HANDOVER_MANAGER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.model import Kind, Manifest
    from microservice_operator.plan import Handover

STATUS_MANAGER = f"{MANAGER}/status"
BY_US = {"fieldManager": MANAGER, "force": "true"}

# No object of this name can have this version, so the server creates it or answers 409.
MUST_BE_NEW = "1"


async def create(api: Api, kind: Kind, manifest: Manifest) -> bytes:
    """Create a child; 409 when anything of its name exists."""
    return await _apply(api, kind, _with(manifest, resourceVersion=MUST_BE_NEW))


async def apply(api: Api, kind: Kind, manifest: Manifest, uid: str) -> bytes:
    """Bring the child with this uid to what is desired; 409 when it was replaced meanwhile."""
    return await _apply(api, kind, _with(manifest, uid=uid))


async def hand_over(
    api: Api, kind: Kind, manifest: Manifest, uid: str, handover: Handover
) -> bytes:
    """Let the manager in between own the number of pods; 409 when somebody else has changed it."""
    names = {name: manifest["metadata"][name] for name in ("name", "namespace")}
    return await api.request(
        "PATCH",
        kind.path(names["namespace"], names["name"]),
        query={"fieldManager": HANDOVER_MANAGER, "force": str(handover.force).lower()},
        body={
            "apiVersion": kind.api_version,
            "kind": kind.name,
            "metadata": {**names, "uid": uid},
            "spec": {"replicas": handover.replicas},
        },
        content=APPLY,
    )


async def patch(
    api: Api, kind: Kind, namespace: str, name: str, operations: Sequence[Mapping[str, Any]]
) -> bytes:
    """Repair what an apply cannot; the operations begin with the version that was read."""
    return await api.request(
        "PATCH",
        kind.path(namespace, name),
        query={"fieldManager": MANAGER},
        body=list(operations),
        content=JSON_PATCH,
    )


async def delete(api: Api, kind: Kind, namespace: str, name: str, uid: str) -> None:
    """Delete the child with this uid, never a stranger or a successor."""
    options = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": uid},
        "propagationPolicy": "Background",
    }
    await api.request("DELETE", kind.path(namespace, name), body=options)


async def status(
    api: Api, namespace: str, name: str, version: str, content: Mapping[str, Any]
) -> bytes:
    """Say how things stand; 409 when the Microservice has changed since it was read."""
    return await api.request(
        "PATCH",
        MICROSERVICE.path(namespace, name) + "/status",
        query={"fieldManager": STATUS_MANAGER, "force": "true"},
        body={
            "apiVersion": MICROSERVICE.api_version,
            "kind": MICROSERVICE.name,
            "metadata": {"name": name, "namespace": namespace, "resourceVersion": version},
            "status": content,
        },
        content=APPLY,
    )


async def _apply(api: Api, kind: Kind, manifest: Manifest) -> bytes:
    metadata = manifest["metadata"]
    path = kind.path(metadata["namespace"], metadata["name"])
    return await api.request("PATCH", path, query=BY_US, body=manifest, content=APPLY)


def _with(manifest: Manifest, **metadata: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}
