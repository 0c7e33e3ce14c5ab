"""Every reason that a condition can have, with what it means; the one source of their reference."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """The CamelCase word beside a condition."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """A reason is its word; its meaning rides along."""
        reason = str.__new__(cls, value)
        reason._value_ = value
        reason.meaning = meaning
        return reason

    WAITING = "Waiting", "The operator has not looked at this object yet."
    READY = "Ready", "Everything that the spec asks for exists and serves."

    APPLIED = "Applied", "Every child is as desired."
    RECREATING = "Recreating", "A child's name is in use by an object that is being deleted."
    INVALID = "Invalid", "The spec, or the platform's defaults under it, cannot be honoured."
    NAME_TAKEN = "NameTaken", "A child's name is in use by an object that is not ours."
    FORBIDDEN = (
        "Forbidden",
        "The platform's settings forbid what the spec refers to, or the API server a write.",
    )
    QUOTA_EXCEEDED = "QuotaExceeded", "The namespace's quota has no room for a child or its pods."
    REJECTED = "Rejected", "The API server refuses a child; its own words are in the message."
    KIND_MISSING = "KindMissing", "The cluster lacks the kinds of objects that the spec asks for."
    FIELD_CONFLICT = "FieldConflict", "Somebody else keeps changing a field that the spec decides."

    PLANNED = "Planned", "`mode` is Plan: `status.plan` tells what would be done, nothing is done."
    PAUSED = "Paused", "`mode` is Paused: no child is touched, whatever becomes of it."

    AVAILABLE = "Available", "All pods of this generation are ready."
    SCALED_TO_ZERO = "ScaledToZero", "No pods are wanted."
    PROGRESSING = "Progressing", "Pods are being started or replaced."
    ROLLOUT_PAUSED = "RolloutPaused", "Somebody has paused the Deployment; it takes up no change."
    IMAGE_PULL = "ImagePull", "A node cannot pull an image."
    CRASH_LOOP = "CrashLoop", "A container ends again and again."
    PROBE_FAILING = "ProbeFailing", "A container runs, but its readiness or startup probe fails."
    UNSCHEDULABLE = "Unschedulable", "No node can take a pod."
    CONFIG_MISSING = (
        "ConfigMissing",
        "A shared ConfigMap is missing; or a container cannot be started: often a Secret is.",
    )
    MOUNT_FAILING = "MountFailing", "A node cannot attach or mount a volume of a pod."
    DEADLINE_EXCEEDED = "DeadlineExceeded", "The rollout made no progress within its deadline."

    AUTOSCALING = "Autoscaling", "An autoscaler decides how many pods run."
    SCALING_DISABLED = "ScalingDisabled", "The autoscaler is off while no pods are wanted."
    METRICS_MISSING = "MetricsMissing", "The autoscaler gets no metrics, and so changes nothing."
    AUTOSCALER_MISSING = "AutoscalerMissing", "There is no autoscaler yet; `Applied` says why."

    SERVED = "Served", "Every host that the spec asks for serves its routes."
    GATEWAY_UNKNOWN = "GatewayUnknown", "The platform has no gateway of that name."
    HOST_FORBIDDEN = "HostForbidden", "The platform does not give that host to this namespace."
    HOST_TAKEN = "HostTaken", "Another namespace has that host, or one that overlaps it."
    ROUTE_CONFLICT = "RouteConflict", "Another Microservice serves the same requests already."
    HOST_FULL = "HostFull", "All routes of that host are more than one object has room for."
    MESHED = "Meshed", "The mesh carries requests as the spec says."
    SETTLING = (
        "Settling",
        "A route or a version gets no requests yet: until it has a pod, and the mesh knows.",
    )
    NO_PODS = "NoPods", "A version has a share of the requests and no ready pod; they fail."
    MESH_MISSING = "MeshMissing", "The spec asks for what only a mesh can do, and there is none."
    NOT_INJECTED = (
        "NotInjected",
        "Pods have no proxy, and so nobody keeps what the spec says of callers.",
    )
    NOT_NEEDED = "NotNeeded", "The spec asks for no routing."
