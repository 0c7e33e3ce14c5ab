"""The pod template: what a workload makes its pods from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.labels import INJECT, REVISION, pod_labels, selector
from microservice_operator.pods.containers import application, companion
from microservice_operator.pods.present import present

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest

HOSTS, ZONES = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
# Without a group of its own, an image that is not root could not write to a fresh volume.
GROUP = 10001


def template(app: App) -> dict[str, Any]:
    """The pods of this app; nothing in it changes unless the pods must be replaced."""
    return {
        "metadata": {"labels": pod_labels(app) | _proxy(app)}
        | present(annotations=dict(app.pod_annotations)),
        "spec": _spec(app),
    }


def _proxy(app: App) -> dict[str, str]:
    """What the mesh looks for to give the pods a proxy."""
    if not app.mesh.injected:
        return {}
    return {INJECT: "true"} | present(**{REVISION: app.mesh.revision})


def _spec(app: App) -> dict[str, Any]:
    return {
        "serviceAccountName": app.identity.name,
        "automountServiceAccountToken": app.identity.token_mounted,
        "terminationGracePeriodSeconds": app.shutdown.grace_seconds,
        "securityContext": _security(app),
        "containers": [application(app)],
    } | present(
        initContainers=[companion(each) for each in app.companions],
        volumes=[{"name": name, **source} for name, source in app.volumes.items()],
        imagePullSecrets=list(app.pull_secrets),
        nodeSelector=dict(app.placement.node_selector),
        tolerations=list(app.placement.tolerations),
        priorityClassName=app.placement.priority_class,
        topologySpreadConstraints=_spread(app),
    )


def _security(app: App) -> dict[str, Any]:
    group = {"fsGroup": GROUP, "fsGroupChangePolicy": "OnRootMismatch"} if app.has_claims else {}
    return {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}} | group


def _spread(app: App) -> list[Manifest]:
    """Spread the pods of one rollout, not those of the old and the new one together."""
    if app.placement.spread == "Off":
        return []
    # Zones are never required: where nodes have no zone, no node would take a pod.
    insisting = {HOSTS: app.placement.spread == "Required", ZONES: False}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "DoNotSchedule" if insists else "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(app.name, app.track)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key, insists in insisting.items()
    ]
