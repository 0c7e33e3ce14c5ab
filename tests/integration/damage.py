"""Every way to damage a child: each field that we own, edited and removed, and items added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.integration.patches import add, escaped, remove, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.world import Manifest

    Path = tuple[str | int, ...]

# What stands instead of a value that only a few words may replace.
OTHER = {
    "ClusterIP": "NodePort",
    "TCP": "UDP",
    "ScheduleAnyway": "DoNotSchedule",
    "RuntimeDefault": "Unconfined",
    "AlwaysAllow": "IfHealthyBudget",
    "25%": "30%",
    "Exists": "Equal",
    "NoSchedule": "NoExecute",
    "Always": "Never",
    "1Gi": "2Gi",
    "100m": "50m",
    "128Mi": "64Mi",
    "256Mi": "512Mi",
    "AverageValue": "Value",
    "1500m": "2500m",
    "0.2": "0.3",
    "Pods": "Percent",
    "Min": "Max",
    "OnRootMismatch": "Always",
    "UDP": "TCP",
    "Ingress": "Egress",
    "STRICT": "DISABLE",
    "ALLOW": "DENY",
    "DNS": "NONE",
    "MESH_EXTERNAL": "MESH_INTERNAL",
    "REGISTRY_ONLY": "ALLOW_ANY",
    "HTTP_FILTER": "LISTENER",
    "SIDECAR_INBOUND": "GATEWAY",
    "INSERT_BEFORE": "INSERT_AFTER",
    "ROUND_ROBIN": "RANDOM",
    **{f"{number}{unit}": f"{number}0{unit}" for number in (1, 3, 15, 30) for unit in "sm"},
}
SELECTOR = ("app.kubernetes.io/name", "microservices.dev/track")

APP: Path = ("spec", "template", "spec", "containers", 0)
POD: Path = APP[:3]
SIDECAR: Path = (*POD, "initContainers", 0)
STEP: Path = (*POD, "initContainers", 1)
MOUNTS = {APP: 5, SIDECAR: 1, STEP: 2}
RULES = 11
PATCHES: Path = ("spec", "configPatches")
LOGGED: Path = ("spec", "accessLogging")
# Fields that the API server itself protects from being edited alone.
PROTECTED: dict[str, set[Path]] = {
    "deployments": {
        *(("spec", "selector", "matchLabels", key) for key in SELECTOR),  # it never changes
        *(("spec", "template", "metadata", "labels", key) for key in SELECTOR),  # it matches them
        *((*POD, "volumes", number, "name") for number in range(7)),  # a mount needs it
        (*POD, "containers", 0, "env", 3, "valueFrom", "fieldRef", "fieldPath"),  # of a pod
        *(  # it needs a volume
            (*container, "volumeMounts", number, "name")
            for container, count in MOUNTS.items()
            for number in range(count)
        ),
    },
    "horizontalpodautoscalers": {("spec", "metrics", 0, "type")},  # it names what is beside it
}
# Fields that an object of its kind cannot be without.
REQUIRED: dict[str, set[Path]] = {
    "prometheusrules": {
        ("spec", "groups", 0, "name"),
        *(("spec", "groups", 0, "rules", number, "expr") for number in range(RULES)),
    },
}
# Lists that already hold all that they may.
FULL: dict[str, set[Path]] = {"networkpolicies": {("spec", "policyTypes")}}
# Fields that cannot be changed without another one.
TOGETHER: dict[Path, tuple[str, Any]] = {
    ("spec", "strategy", "type"): ("/spec/strategy", {"type": "Recreate"}),
}
WAYS = ("edit", "remove", "add")
CAPABILITIES = ("securityContext", "capabilities", "drop")
PEER = {"podSelector": {"matchLabels": {"app": "extra"}}}

# One item for each list, which we did not ask for.
ITEMS: dict[Path, Any] = {
    ("spec", "ports"): {"name": "extra", "port": 9999},
    ("spec", "ingress"): {"from": [PEER]},
    ("spec", "egress"): {"to": [PEER]},
    ("spec", "policyTypes"): "Ingress",
    **{("spec", "ingress", number, "from"): PEER for number in range(2)},
    ("spec", "ingress", 0, "ports"): {"port": 9999},
    **{("spec", "egress", number, "to"): PEER for number in (1, 3)},
    **{("spec", "egress", number, "ports"): {"port": 9999} for number in range(4)},
    ("spec", "metrics"): {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 1}},
    },
    ("spec", "behavior", "scaleUp", "policies"): {
        "type": "Percent",
        "value": 1,
        "periodSeconds": 1,
    },
    ("spec", "hosts"): "extra",
    PATCHES: {"applyTo": "CLUSTER"},
    (*PATCHES, 0, "patch", "value", "typed_config", "response_headers_to_add"): {"header": {}},
    ("spec", "tracing"): {"disableSpanReporting": True},
    LOGGED: {"disabled": True},
    (*LOGGED, 0, "providers"): {"name": "extra"},
    ("spec", "endpoints"): {"port": "extra"},
    ("spec", "podTargetLabels"): "extra",
    ("spec", "groups"): {"name": "extra"},
    ("spec", "groups", 0, "rules"): {"record": "extra", "expr": "1"},
    ("spec", "http"): {"route": [{"destination": {"host": "extra"}}]},
    **{("spec", "http", number, "match"): {"port": 9} for number in range(2)},
    **{
        ("spec", "http", number, "route"): {"destination": {"host": "extra"}, "weight": 1}
        for number in range(2)
    },
    APP[:-1]: {"name": "debug", "image": "debug"},
    (*APP, "args"): "--extra",
    (*APP, "command"): "extra",
    (*APP, "env"): {"name": "EXTRA", "value": "1"},
    (*APP, "envFrom"): {"secretRef": {"name": "extra"}},
    (*APP, "ports"): {"containerPort": 9999},
    (*APP, "volumeMounts"): {"name": "cache", "mountPath": "/extra"},
    **{(*container, *CAPABILITIES): "KILL" for container in MOUNTS},
    SIDECAR[:-1]: {"name": "debug", "image": "debug"},
    (*SIDECAR, "args"): "--extra",
    (*SIDECAR, "ports"): {"containerPort": 9999},
    (*SIDECAR, "volumeMounts"): {"name": "cache", "mountPath": "/extra"},
    (*STEP, "command"): "extra",
    (*STEP, "env"): {"name": "EXTRA", "value": "1"},
    (*STEP, "envFrom"): {"secretRef": {"name": "extra"}},
    (*STEP, "volumeMounts"): {"name": "cache", "mountPath": "/extra"},
    (*APP, "startupProbe", "exec", "command"): "extra",
    (*POD, "imagePullSecrets"): {"name": "extra"},
    (*POD, "tolerations"): {"operator": "Exists"},
    (*POD, "volumes"): {"name": "extra", "emptyDir": {}},
    (*POD, "topologySpreadConstraints"): {
        "maxSkew": 1,
        "topologyKey": "rack",
        "whenUnsatisfiable": "ScheduleAnyway",
    },
    (*POD, "topologySpreadConstraints", 0, "matchLabelKeys"): "extra",
    (*POD, "topologySpreadConstraints", 1, "matchLabelKeys"): "extra",
}


OPERATION: Path = ("spec", "rules", 0, "to", 0, "operation")
# The same paths mean something else there, or nothing elsewhere.
ITEMS_OF: dict[str, dict[Path, Any]] = {
    "authorizationpolicies": {
        ("spec", "rules"): {},
        **{
            ("spec", "rules", number, "from"): {"source": {"namespaces": ["extra"]}}
            for number in range(2)
        },
        ("spec", "rules", 0, "from", 0, "source", "serviceAccounts"): "extra",
        ("spec", "rules", 1, "from", 0, "source", "namespaces"): "extra",
        ("spec", "rules", 0, "to"): {"operation": {"ports": ["9"]}},
        (*OPERATION, "ports"): "9",
        (*OPERATION, "methods"): "PUT",
        (*OPERATION, "paths"): "/extra",
    },
    "serviceentries": {
        ("spec", "exportTo"): "extra",
        ("spec", "ports"): {"name": "extra", "number": 9999},
    },
    "sidecars": {
        ("spec", "egress"): {"hosts": ["extra/*"]},
        ("spec", "egress", 0, "hosts"): "extra/*",
    },
}


@dataclass(frozen=True)
class Damage:
    """One thing that somebody does to a child; `way` is one of `WAYS`."""

    way: str
    path: Path
    operations: list[Manifest]

    @property
    def leaves_a_trace(self) -> bool:
        """Whether the server notes who did it: not of what is gone, nor of `readOnly: false`."""
        return self.way != "remove" and self.path[-1] != "readOnly"

    def is_named_in(self, note: str) -> bool:
        """Whether it tells of the field; the key of an item is told as the item."""
        words = {step for step in self.path if isinstance(step, str)}
        return any(word in note for word in words - {"metadata", "spec", "template"})


def damages(kind: str, manifest: Manifest) -> Iterator[Damage]:
    """All of them for a child of which we own what stands in this manifest."""
    ours = {"labels": manifest["metadata"]["labels"]}
    rest = {key: manifest[key] for key in manifest.keys() - {"apiVersion", "kind", "metadata"}}
    for path, value in _leaves({"metadata": ours, **rest}, ()):
        yield Damage("edit", path, _edit(path, value))
        if path not in PROTECTED.get(kind, set()) | REQUIRED.get(kind, set()):
            yield Damage("remove", path, remove(_pointer(path)))
    items = ITEMS | ITEMS_OF.get(kind, {})
    for path in _lists(rest, ()):
        yield Damage("add", path, add(f"{_pointer(path)}/-", items[path]))


def content(child: Manifest) -> Manifest:
    """Everything but what the server and the controllers keep for themselves."""
    metadata = {key: child["metadata"].get(key) for key in ("labels", "ownerReferences", "uid")}
    rest = {key: value for key, value in child.items() if key not in {"metadata", "status"}}
    return {**rest, "metadata": metadata}


def _edit(path: Path, value: Any) -> list[Manifest]:
    if path in TOGETHER:
        return replace(*TOGETHER[path])
    return replace(_pointer(path), _other(value))


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return OTHER.get(value, f"{value}1")
        case list():
            return [_other(value[0])]
        case _:
            return {"medium": "Memory"}


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _lists(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, list):
        yield path
        value = dict(enumerate(value))
    for step, inner in value.items() if isinstance(value, dict) else ():
        yield from _lists(inner, (*path, step))


def _pointer(path: Path) -> str:
    return "".join(f"/{escaped(step)}" for step in path)
