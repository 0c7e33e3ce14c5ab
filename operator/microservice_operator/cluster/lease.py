"""The Lease on which several operators agree who of them acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from microservice_operator.cluster.api import MERGE_PATCH
from microservice_operator.model.kinds import LEASE
from microservice_operator.model.labels import MANAGED_BY, MANAGER

if TYPE_CHECKING:
    from microservice_operator.cluster.api import Api


class _Metadata(msgspec.Struct, rename="camel"):
    name: str
    resource_version: str


class _Spec(msgspec.Struct, rename="camel"):
    holder_identity: str = ""
    lease_transitions: int = 0
    acquire_time: str = ""


class _Lease(msgspec.Struct):
    metadata: _Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)


_leases = msgspec.json.Decoder(_Lease)


@dataclass(frozen=True, slots=True)
class Lease:
    """What a Lease says at one version."""

    name: str
    version: str
    holder: str
    transitions: int
    acquired: str


def read(raw: bytes) -> Lease:
    """Read a Lease; nobody holds one without a holder."""
    lease = _leases.decode(raw)
    spec = lease.spec
    return Lease(
        name=lease.metadata.name,
        version=lease.metadata.resource_version,
        holder=spec.holder_identity,
        transitions=spec.lease_transitions,
        acquired=spec.acquire_time,
    )


async def create(api: Api, namespace: str, name: str, holder: str, seconds: int) -> Lease:
    """Make the Lease and hold it; 409 when somebody was faster."""
    body = _manifest(namespace, name, _spec(holder, seconds, _now(), 0))
    return read(await api.direct("POST", LEASE.collection(namespace), body))


async def hold(api: Api, namespace: str, lease: Lease, holder: str, seconds: int) -> Lease:
    """Take, renew or (with no holder) release a Lease; 409 when it is no longer as it was read."""
    kept = lease.holder == holder
    acquired = lease.acquired if kept and lease.acquired else _now()
    changes = lease.transitions + (not kept and bool(holder))
    body = _manifest(namespace, lease.name, _spec(holder, seconds, acquired, changes))
    body["metadata"]["resourceVersion"] = lease.version
    path = LEASE.path(namespace, lease.name)
    return read(await api.direct("PATCH", path, body, MERGE_PATCH))


def _manifest(namespace: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.name,
        "metadata": {"name": name, "namespace": namespace, "labels": {MANAGED_BY: MANAGER}},
        "spec": spec,
    }


def _spec(holder: str, seconds: int, acquired: str, transitions: int) -> dict[str, Any]:
    return {
        "holderIdentity": holder,
        "leaseDurationSeconds": seconds,
        "acquireTime": acquired,
        "renewTime": _now(),
        "leaseTransitions": transitions,
    }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
