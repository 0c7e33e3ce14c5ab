"""Desired children of realistic size, and what the API server makes of them."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from microservice_operator.plan import FIELD_MANAGER
from microservice_operator.plan.schema import KINDS
from microservice_operator.plan.shapes import ATOMIC, GRANULAR, Granular, Keyed, Shape

Object = dict[str, Any]

APP = 'k:{"name":"app"}'

LABELS = {"app.kubernetes.io/name": "orders", "microservices.dev/track": "stable"}
OWNER = {
    "apiVersion": "microservices.dev/v1alpha1",
    "kind": "Microservice",
    "name": "orders",
    "uid": "8e5f",
    "controller": True,
}


def _child(api_version: str, kind: str, **content: Any) -> Object:
    metadata = {"name": "orders", "labels": dict(LABELS), "ownerReferences": [dict(OWNER)]}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def _probe(path: str) -> Object:
    return {"httpGet": {"path": path, "port": 8080}, "initialDelaySeconds": 0}


def _spread(key: str) -> Object:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(LABELS)},
    }


def container() -> Object:
    """The application's container, with something of everything that has its own rules."""
    return {
        "name": "app",
        "image": "registry.example/orders:1",
        "args": ["--verbose", "--port=8080"],
        "env": [
            {"name": "PORT", "value": "8080"},
            {"name": "EMPTY", "value": ""},
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "ports": [{"containerPort": 8080, "name": "http"}],
        "livenessProbe": _probe("/live"),
        "readinessProbe": _probe("/ready"),
        "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
        "resources": {"requests": {"cpu": "0.5", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
        "securityContext": {"readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/cache", "readOnly": False}],
    }


def deployment() -> Object:
    """A Deployment."""
    pod = {
        "serviceAccountName": "orders",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True},
        "containers": [container()],
        "imagePullSecrets": [{"name": "registry"}],
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "spot", "operator": "Exists"}],
        "topologySpreadConstraints": [_spread("kubernetes.io/hostname"), _spread("zone")],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}}
    return _child(
        "apps/v1",
        "Deployment",
        spec={
            "replicas": 2,
            "selector": {"matchLabels": dict(LABELS)},
            "strategy": strategy,
            "template": {"metadata": {"labels": dict(LABELS)}, "spec": pod},
        },
    )


def companion(name: str, **more: Any) -> Object:
    """A container beside the application's."""
    mounts = [{"name": "data", "mountPath": "/data", "readOnly": True}]
    return {"name": name, "image": f"{name}:1", "volumeMounts": mounts, **more}


def claiming() -> Object:
    """A Deployment with a claim that one pod may write, a sidecar and a step."""
    there = deployment()
    there["metadata"]["name"] = "ledger"
    there["spec"]["strategy"] = {"type": "Recreate"}
    pod(there)["initContainers"] = [companion("proxy", restartPolicy="Always"), companion("step")]
    pod(there)["volumes"] += [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "cache", "emptyDir": {"medium": "Memory", "sizeLimit": "1024Mi"}},
        {"name": "tls", "secret": {"secretName": "tls"}},
        {"name": "rules", "configMap": {"name": "rules"}},
    ]
    pod(there)["securityContext"] = {"fsGroup": 10001, "fsGroupChangePolicy": "OnRootMismatch"}
    return there


def service() -> Object:
    """A Service with two ports."""
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"},
        {"name": "grpc", "port": 9000, "targetPort": "grpc"},
    ]
    return _child("v1", "Service", spec={"selector": dict(LABELS), "ports": ports})


def disruption_budget() -> Object:
    """A PodDisruptionBudget."""
    selector = {"matchLabels": dict(LABELS)}
    spec = {"maxUnavailable": 1, "selector": selector}
    return _child("policy/v1", "PodDisruptionBudget", spec=spec)


def config_map() -> Object:
    """A ConfigMap."""
    return _child("v1", "ConfigMap", data={"LEVEL": "info"})


def service_account() -> Object:
    """A ServiceAccount."""
    return _child("v1", "ServiceAccount", automountServiceAccountToken=False)


def autoscaler() -> Object:
    """A HorizontalPodAutoscaler with a quantity in its metrics."""
    target = {"type": "AverageValue", "averageValue": "0.5"}
    resource = {"name": "cpu", "container": "app", "target": target}
    metrics = [{"type": "ContainerResource", "containerResource": resource}]
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"},
        "maxReplicas": 5,
        "metrics": metrics,
        "behavior": {"scaleUp": {"stabilizationWindowSeconds": 0}},
    }
    return _child("autoscaling/v2", "HorizontalPodAutoscaler", spec=spec)


def network_policy() -> Object:
    """A NetworkPolicy whose port says no protocol."""
    peer = {"podSelector": {"matchLabels": {"app": "web"}}, "namespaceSelector": {}}
    rule = {"from": [peer], "ports": [{"port": 8080}]}
    spec = {
        "podSelector": {"matchLabels": dict(LABELS)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [rule],
        "egress": [],
    }
    return _child("networking.k8s.io/v1", "NetworkPolicy", spec=spec)


ALL = (
    deployment,
    claiming,
    service,
    disruption_budget,
    config_map,
    service_account,
    autoscaler,
    network_policy,
)


def live(desired: Object) -> Object:
    """What the server answers to our first apply, but for the defaults that it adds."""
    answer = deepcopy(desired)
    fields = owned_by_apply(desired)
    answer["metadata"] |= {
        "namespace": "shop",
        "uid": "1",
        "resourceVersion": "7",
        "managedFields": [entry(FIELD_MANAGER, fields, operation="Apply")],
    }
    return answer


def owned_by_apply(desired: Object) -> Object:
    """The fields that the server notes as ours after this was applied."""
    content = {name: value for name, value in desired.items() if name not in ("apiVersion", "kind")}
    content["metadata"] = {n: v for n, v in content["metadata"].items() if n != "name"}
    return fields_of(content, KINDS[desired["kind"]])


def fields_of(value: Any, shape: Shape = GRANULAR) -> Object:
    """A value's fields in the notation of `managedFields`."""
    if isinstance(shape, Granular) and isinstance(value, dict):
        return {
            f"f:{name}": fields_of(field, shape.of.get(name) or _plain(field))
            for name, field in value.items()
        }
    if isinstance(shape, Keyed):
        return {item_name(shape, item): _item(shape, item) for item in value}
    return {}


def item_name(shape: Keyed, item: Object) -> str:
    """How an item of an associative list is called in `managedFields`."""
    keys = dict(zip(shape.keys, shape.key(item), strict=True))
    return "k:" + json.dumps(keys, separators=(",", ":"))


def _item(shape: Keyed, item: Object) -> Object:
    fields = fields_of(item, shape.item)
    return {".": {}, **fields} if fields else {}


def _plain(value: Any) -> Shape:
    return GRANULAR if isinstance(value, dict) else ATOMIC


def entry(manager: str, fields: Object, *, operation: str = "Update", time: str = "1") -> Object:
    """One entry of `managedFields`."""
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def pod(deployment: Object) -> Object:
    """The pod's spec within a Deployment."""
    found: Object = deployment["spec"]["template"]["spec"]
    return found


def app(deployment: Object) -> Object:
    """The application's container within a Deployment."""
    found: Object = pod(deployment)["containers"][0]
    return found


def own(there: Object, manager: str, fields: Object, **more: str) -> None:
    """Note that somebody owns these fields."""
    there["metadata"]["managedFields"].append(entry(manager, fields, **more))


def in_app(fields: Object) -> Object:
    """The name of these fields of the application's container in `managedFields`."""
    return in_pod({"f:containers": {APP: fields}})


def in_pod(fields: Object) -> Object:
    """The name of these fields of the pod in `managedFields`."""
    return {"f:spec": {"f:template": {"f:spec": fields}}}
