"""From the bytes of a watch to the few facts that are kept of a child."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from microservice_operator.api.versions import STABLE
from microservice_operator.cluster.metadata import Metadata, Owner
from microservice_operator.cluster.routes import destinations
from microservice_operator.model.kinds import (
    AUTOSCALER,
    DEPLOYMENT,
    VIRTUAL_SERVICE,
)
from microservice_operator.model.labels import (
    ADOPT,
    DOMAIN,
    INJECT,
    MANAGER,
    TRACK,
)
from microservice_operator.status import Rollout

if TYPE_CHECKING:
    from microservice_operator.model import Kind
    from microservice_operator.routing.claims import Site

NOT_DESIRED_STATE = frozenset({"apiVersion", "kind", "metadata", "status"})


class _Condition(msgspec.Struct):
    type: str
    status: str
    reason: str = ""
    message: str = ""


class _Labelled(msgspec.Struct):
    labels: dict[str, str] = {}


class _Template(msgspec.Struct):
    metadata: _Labelled = msgspec.field(default_factory=_Labelled)


class _DeploymentSpec(msgspec.Struct):
    replicas: int = 1
    paused: bool = False
    template: _Template = msgspec.field(default_factory=_Template)


class _DeploymentStatus(msgspec.Struct, rename="camel"):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: list[_Condition] = []


class _OwnedSpec(msgspec.Struct):
    replicas: dict[str, Any] | None = msgspec.field(default=None, name="f:replicas")


class _Owned(msgspec.Struct):
    spec: _OwnedSpec = msgspec.field(default_factory=_OwnedSpec, name="f:spec")


class _Writer(msgspec.Struct):
    manager: str = ""
    subresource: str = ""
    fields: _Owned = msgspec.field(default_factory=_Owned, name="fieldsV1")


class _DeploymentMetadata(msgspec.Struct, rename="camel"):
    generation: int = 0
    managed_fields: list[_Writer] = []


class _Deployment(msgspec.Struct):
    metadata: _DeploymentMetadata
    spec: _DeploymentSpec
    status: _DeploymentStatus = msgspec.field(default_factory=_DeploymentStatus)


class _AutoscalerStatus(msgspec.Struct):
    conditions: list[_Condition] | None = None


class _AutoscalerSpec(msgspec.Struct, rename="camel"):
    min_replicas: int = 1
    max_replicas: int = 1


class _Autoscaler(msgspec.Struct):
    spec: _AutoscalerSpec = msgspec.field(default_factory=_AutoscalerSpec)
    status: _AutoscalerStatus = msgspec.field(default_factory=_AutoscalerStatus)


@dataclass(slots=True)
class Child:
    """What is kept of a live child.

    The raw bytes stay until a pass has found them to be as desired; `verified` is the digest of
    what they were found to match. `held` is the number of a Deployment's pods, as long as we own
    it; they are `injected` when they ask for a proxy. `blind` is why an autoscaler does not decide,
    `bounds` between which numbers it would. `destinations` are the hosts that a VirtualService
    sends to; one that serves a `site` has `sharers` and no owner that controls it.
    """

    kind: Kind
    namespace: str
    name: str
    uid: str
    version: str
    owner: Owner | None
    digest: bytes
    raw: bytes | None
    deleting: bool
    adoptable: bool
    rollout: Rollout | None
    held: int | None = None
    injected: bool = False
    blind: str = ""
    bounds: tuple[int, int] | None = None
    verified: str | None = None
    formerly: Owner | None = None
    finalizers: tuple[str, ...] = ()
    track: str = STABLE
    destinations: frozenset[str] = frozenset()
    sharers: tuple[Owner, ...] = ()
    site: Site | None = None

    @property
    def microservice(self) -> Owner | None:
        """The Microservice that controls this child."""
        owner = self.owner
        return owner if owner and owner.is_microservice else None

    def content(self) -> dict[str, Any] | None:
        """The whole object, as long as it has not been found to be as desired."""
        if self.raw is None:
            return None
        kind = {"apiVersion": self.kind.api_version, "kind": self.kind.name}
        result: dict[str, Any] = msgspec.json.decode(self.raw)
        return kind | result


_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])
_metadata = msgspec.json.Decoder(Metadata)
_deployment = msgspec.json.Decoder(_Deployment)
_autoscaler = msgspec.json.Decoder(_Autoscaler)


def named(raw: bytes) -> tuple[str, str] | None:
    """Namespace and name of an object that cannot be read; None when even they are lost."""
    try:
        metadata = msgspec.json.decode(raw)["metadata"]
        return str(metadata["namespace"]), str(metadata["name"])
    except (msgspec.MsgspecError, LookupError, TypeError):
        return None


def child(kind: Kind, raw: bytes) -> Child:
    """Read one object; two objects with the same digest need no second look."""
    parts = _parts.decode(raw)
    metadata = _metadata.decode(parts["metadata"])
    deployment = _deployment.decode(raw) if kind is DEPLOYMENT else None
    return Child(
        kind=kind,
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        version=metadata.resource_version,
        owner=metadata.controller,
        digest=_digest(parts, metadata),
        raw=bytes(raw),
        deleting=metadata.deletion_timestamp is not None,
        adoptable=metadata.annotations.get(ADOPT) == "true",
        finalizers=tuple(metadata.finalizers),
        sharers=metadata.sharers,
        site=metadata.site if kind is VIRTUAL_SERVICE else None,
        rollout=_rollout(deployment) if deployment else None,
        held=_held(deployment) if deployment else None,
        injected=bool(deployment and INJECT in deployment.spec.template.metadata.labels),
        blind=_blind(raw) if kind is AUTOSCALER else "",
        bounds=_bounds(raw) if kind is AUTOSCALER else None,
        track=metadata.labels.get(TRACK, STABLE),
        destinations=destinations(raw) if kind is VIRTUAL_SERVICE else frozenset(),
    )


def _digest(parts: dict[str, msgspec.Raw], metadata: Metadata) -> bytes:
    """A fingerprint of everything that somebody may desire; status churn does not touch it."""
    digest = blake2b(digest_size=8)
    for name in sorted(parts.keys() - NOT_DESIRED_STATE):
        digest.update(name.encode())
        digest.update(parts[name])
    facts = (
        metadata.uid,
        sorted(metadata.labels.items()),
        metadata.owner_references,
        metadata.deletion_timestamp,
        sorted(each for each in metadata.annotations.items() if each[0].startswith(f"{DOMAIN}/")),
    )
    digest.update(msgspec.json.encode(facts))
    return digest.digest()


def _held(deployment: _Deployment) -> int | None:
    """The number of its pods, if it is ours by an apply or a repair."""
    ours = any(
        entry.manager == MANAGER
        and not entry.subresource
        and entry.fields.spec.replicas is not None
        for entry in deployment.metadata.managed_fields
    )
    return deployment.spec.replicas if ours else None


def _blind(raw: bytes) -> str:
    """Why the autoscaler does not decide; empty when it does."""
    conditions = _autoscaler.decode(raw).status.conditions or ()
    active = next((each for each in conditions if each.type == "ScalingActive"), None)
    return active.reason if active and active.status == "False" else ""


def _bounds(raw: bytes) -> tuple[int, int]:
    """Between which numbers of pods the autoscaler decides."""
    spec = _autoscaler.decode(raw).spec
    return spec.min_replicas, spec.max_replicas


def _rollout(deployment: _Deployment) -> Rollout:
    """How far the Deployment has come."""
    status = deployment.status
    conditions = {c.type: c for c in status.conditions}
    progressing, failure = conditions.get("Progressing"), conditions.get("ReplicaFailure")
    return Rollout(
        wanted=deployment.spec.replicas,
        paused=deployment.spec.paused,
        current=status.observed_generation >= deployment.metadata.generation,
        pods=status.replicas,
        updated=status.updated_replicas,
        ready=status.ready_replicas,
        available=status.available_replicas,
        overdue=bool(progressing and progressing.reason == "ProgressDeadlineExceeded"),
        failure=failure.message if failure and failure.status == "True" else "",
    )
