"""The Deployment: the application's pods and how they are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import metadata, pod_labels, selector
from microservice_operator.model.ports import container_port_names

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest

HISTORY = 3
HOSTS, ZONES = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def build(app: App) -> list[Manifest]:
    """A new pod is ready before an old one leaves: no release costs a request."""
    return [
        {
            "metadata": metadata(app),
            "spec": {
                "replicas": app.replicas,
                "revisionHistoryLimit": HISTORY,
                "selector": {"matchLabels": selector(app.name)},
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"},
                },
                "template": {
                    "metadata": _pod_metadata(app),
                    "spec": _pod_spec(app),
                },
            },
        }
    ]


def _pod_metadata(app: App) -> dict[str, Any]:
    return {"labels": pod_labels(app)} | _present(annotations=dict(app.pod_annotations))


def _pod_spec(app: App) -> dict[str, Any]:
    return {
        "serviceAccountName": app.identity.name,
        "automountServiceAccountToken": app.identity.token_mounted,
        "terminationGracePeriodSeconds": app.grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(app)],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    } | _present(
        imagePullSecrets=list(app.pull_secrets),
        nodeSelector=dict(app.node_selector),
        tolerations=list(app.tolerations),
        priorityClassName=app.priority_class,
        topologySpreadConstraints=_spread(app),
    )


def _container(app: App) -> dict[str, Any]:
    return {
        "name": "app",
        "image": app.image,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  the pod's own
    } | _present(
        command=list(app.command),
        args=list(app.args),
        env=list(app.env),
        envFrom=list(app.env_from),
        ports=_ports(app),
        resources=dict(app.resources),
        readinessProbe=app.probes.readiness,
        livenessProbe=app.probes.liveness,
        startupProbe=app.probes.startup,
        lifecycle=_lifecycle(app),
    )


def _ports(app: App) -> list[Manifest]:
    return [
        {"name": name, "containerPort": number, "protocol": "TCP"}
        for number, name in container_port_names(app.ports).items()
    ]


def _lifecycle(app: App) -> Manifest | None:
    """A leaving pod serves on until every proxy and load balancer has forgotten it."""
    if app.drain_seconds == 0:
        return None
    return {"preStop": {"sleep": {"seconds": app.drain_seconds}}}


def _spread(app: App) -> list[Manifest]:
    """Spread the pods of one rollout, not those of the old and the new one together."""
    if app.spread == "Off":
        return []
    # Zones are never required: where nodes have no zone, no node would take a pod.
    insisting = {HOSTS: app.spread == "Required", ZONES: False}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "DoNotSchedule" if insists else "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(app.name)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key, insists in insisting.items()
    ]


def _present(**fields: object) -> dict[str, Any]:
    """The fields that hold something: what is empty is left to the server."""
    return {name: value for name, value in fields.items() if value}
