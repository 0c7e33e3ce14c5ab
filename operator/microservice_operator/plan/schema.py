"""What the server does with each list and map that the operator writes: a table by kind.

What the table does not name is an object merged field by field, an atomic list or a scalar. That
the table is true and complete is read from the server's OpenAPI by an integration test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.plan.shapes import (
    ATOMIC,
    OURS,
    QUANTITY,
    Atomic,
    Extra,
    Granular,
    Keyed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.plan.shapes import Rivals, Shape

TCP = {"protocol": "TCP"}


def one_of(*names: str) -> Rivals:
    """Fields of which an object may have only one."""
    return lambda ours: names if any(name in ours for name in names) else ()


def recreating(strategy: Mapping[str, Any]) -> tuple[str, ...]:
    """A Deployment that stops its pods first has no rolling update to describe."""
    return ("rollingUpdate",) if strategy.get("type") == "Recreate" else ()


FREE = Granular(extra=Extra.KEPT)
METADATA = Granular(
    {"annotations": FREE, "labels": FREE, "ownerReferences": Keyed(("uid",), ATOMIC, Extra.KEPT)},
    extra=Extra.KEPT,
)

AMOUNTS = Granular(each=QUANTITY)
RESOURCES = Granular({"limits": AMOUNTS, "requests": AMOUNTS, "claims": Keyed(("name",))})
HTTP = Granular(defaults={"path": "/", "scheme": "HTTP"})
PROBE = Granular(
    {"grpc": Granular(defaults={"service": ""}), "httpGet": HTTP},
    rivals=one_of("exec", "grpc", "httpGet", "tcpSocket"),
    defaults={
        "failureThreshold": 3,
        "initialDelaySeconds": 0,
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    },
)
LIFECYCLE_HANDLER = Granular({"httpGet": HTTP}, extra=Extra.REMOVED)

FIELD_REF = Atomic(defaults={"apiVersion": "v1"})
RESOURCE_FIELD_REF = Atomic({"divisor": QUANTITY}, defaults={"divisor": "0"})
ENV_SOURCE = Granular(
    {
        "configMapKeyRef": ATOMIC,
        "fieldRef": FIELD_REF,
        "fileKeyRef": ATOMIC,
        "resourceFieldRef": RESOURCE_FIELD_REF,
        "secretKeyRef": ATOMIC,
    },
    extra=Extra.REMOVED,
)
ENV = Granular({"valueFrom": ENV_SOURCE}, extra=Extra.REMOVED, defaults={"value": ""})
PORT = Granular(never=frozenset({"hostIP", "hostPort"}), defaults=TCP)
SECURITY = Granular(
    {"capabilities": Granular(never=frozenset({"add"}), defaults={"add": []})},
    never=frozenset({"privileged", "procMount"}),
    defaults={"privileged": False, "procMount": "Default"},
)
MOUNT = Granular(defaults={"readOnly": False})

CONTAINER = Granular(
    {
        "env": Keyed(("name",), ENV, Extra.SHARED),
        "lifecycle": Granular({"postStart": LIFECYCLE_HANDLER, "preStop": LIFECYCLE_HANDLER}),
        "livenessProbe": PROBE,
        "ports": Keyed(("containerPort", "protocol"), PORT, defaults=TCP),
        "readinessProbe": PROBE,
        "resources": RESOURCES,
        "securityContext": SECURITY,
        "startupProbe": PROBE,
        "volumeDevices": Keyed(("devicePath",), extra=Extra.SHARED),
        "volumeMounts": Keyed(("mountPath",), MOUNT, Extra.SHARED),
    },
    defaults={
        "imagePullPolicy": "IfNotPresent",  # of an image that is pinned
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    },
)

DOWNWARD_FILES = Atomic(
    each=Atomic({"fieldRef": FIELD_REF, "resourceFieldRef": RESOURCE_FIELD_REF})
)
PROJECTION = Atomic(
    {
        "downwardAPI": Atomic({"items": DOWNWARD_FILES}),
        "serviceAccountToken": Atomic(defaults={"expirationSeconds": 3600}),
    }
)
MODE = {"defaultMode": 0o644}
VOLUME = Granular(
    {
        "configMap": Granular(defaults=MODE),
        "downwardAPI": Granular({"items": DOWNWARD_FILES}, defaults=MODE),
        "emptyDir": Granular({"sizeLimit": QUANTITY}),
        "projected": Granular({"sources": Atomic(each=PROJECTION)}, defaults=MODE),
        "secret": Granular(defaults=MODE),
    },
    extra=Extra.REMOVED,
)

POD = Granular(
    {
        "affinity": Granular(
            {"nodeAffinity": Granular({"requiredDuringSchedulingIgnoredDuringExecution": ATOMIC})}
        ),
        "containers": Keyed(("name",), CONTAINER, Extra.SHARED),
        "hostAliases": Keyed(("ip",)),
        "imagePullSecrets": Keyed(("name",), ATOMIC),
        "initContainers": Keyed(("name",), CONTAINER, Extra.SHARED),
        "nodeSelector": ATOMIC,
        "overhead": AMOUNTS,
        "resourceClaims": Keyed(("name",)),
        "resources": RESOURCES,
        "schedulingGates": Keyed(("name",)),
        "topologySpreadConstraints": Keyed(
            ("topologyKey", "whenUnsatisfiable"), Granular({"labelSelector": ATOMIC})
        ),
        "volumes": Keyed(("name",), VOLUME, Extra.SHARED),
    },
    kept=frozenset({"serviceAccount"}),  # the server keeps it in step with `serviceAccountName`
    never=frozenset({"hostIPC", "hostNetwork", "hostPID", "shareProcessNamespace"}),
    defaults={
        "hostIPC": False,
        "hostNetwork": False,
        "hostPID": False,
        "shareProcessNamespace": False,
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    },
)

DEPLOYMENT = Granular(
    {
        "selector": ATOMIC,
        "strategy": Granular(
            {"rollingUpdate": Granular(defaults={"maxSurge": "25%", "maxUnavailable": "25%"})},
            rivals=recreating,
            defaults={"type": "RollingUpdate"},
        ),
        "template": Granular({"metadata": METADATA, "spec": POD}),
    },
    kept=frozenset({"replicas", "paused"}),  # scaled or halted by hand while the spec is silent
    defaults={"progressDeadlineSeconds": 600, "revisionHistoryLimit": 10},
)

SERVICE = Granular(
    {"ports": Keyed(("port", "protocol"), PORT, defaults=TCP), "selector": ATOMIC},
    defaults={
        "externalTrafficPolicy": "Cluster",
        "internalTrafficPolicy": "Cluster",
        "sessionAffinity": "None",
        "type": "ClusterIP",
    },
)

METRIC_SOURCE = Atomic({"target": Atomic({"averageValue": QUANTITY, "value": QUANTITY})})
METRIC_SOURCES = ("containerResource", "external", "object", "pods", "resource")
TOLERANCE = {"tolerance": QUANTITY}
HUNDRED_PERCENT = {"type": "Percent", "value": 100, "periodSeconds": 15}
SCALE_UP = {
    "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, HUNDRED_PERCENT],
    "selectPolicy": "Max",
    "stabilizationWindowSeconds": 0,
}
SCALE_DOWN = {
    "policies": [HUNDRED_PERCENT],
    "selectPolicy": "Max",
}
AUTOSCALER = Granular(
    {
        "behavior": Granular(
            {
                "scaleDown": Granular(TOLERANCE, defaults=SCALE_DOWN),
                "scaleUp": Granular(TOLERANCE, defaults=SCALE_UP),
            },
            defaults={"scaleDown": SCALE_DOWN, "scaleUp": SCALE_UP},
        ),
        "metrics": Atomic(each=Atomic(dict.fromkeys(METRIC_SOURCES, METRIC_SOURCE))),
    },
    defaults={"minReplicas": 1},
)

TRAFFIC_RULES = Atomic(each=Atomic({"ports": Atomic(each=Atomic(defaults=TCP))}))
NETWORK_POLICY = Granular(
    {"egress": TRAFFIC_RULES, "ingress": TRAFFIC_RULES, "podSelector": ATOMIC},
    defaults={"egress": [], "ingress": []},
)

DISRUPTION_BUDGET = Granular({"selector": ATOMIC}, rivals=one_of("maxUnavailable", "minAvailable"))


# Most kinds that other products bring merge nothing by items, and nothing as a whole but lists.
MONITOR = Granular({"selector": ATOMIC}, extra=Extra.REMOVED)
RULES = Granular({"groups": Keyed(("name",), OURS)}, extra=Extra.REMOVED)


SERVICE_ENTRY = Granular({"ports": Keyed(("name",), extra=Extra.REMOVED)}, extra=Extra.REMOVED)


def _kind(**fields: Shape) -> Granular:
    return Granular({"metadata": METADATA, **fields})


OTHER = _kind()
KINDS: Mapping[str, Granular] = {
    "AuthorizationPolicy": _kind(spec=OURS),
    "ConfigMap": _kind(data=OURS, binaryData=OURS),
    "Deployment": _kind(spec=DEPLOYMENT),
    "DestinationRule": _kind(spec=OURS),
    "EnvoyFilter": _kind(spec=OURS),
    "HorizontalPodAutoscaler": _kind(spec=AUTOSCALER),
    "NetworkPolicy": _kind(spec=NETWORK_POLICY),
    "PeerAuthentication": _kind(spec=OURS),
    "PodDisruptionBudget": _kind(spec=DISRUPTION_BUDGET),
    "PrometheusRule": _kind(spec=RULES),
    "RequestAuthentication": _kind(spec=OURS),
    "Service": _kind(spec=SERVICE),
    "ServiceEntry": _kind(spec=SERVICE_ENTRY),
    "Sidecar": _kind(spec=OURS),
    "ServiceAccount": _kind(secrets=Keyed(("name",), ATOMIC, Extra.KEPT)),
    "ServiceMonitor": _kind(spec=MONITOR),
    "Telemetry": _kind(spec=OURS),
    "VirtualService": _kind(spec=OURS),
}
