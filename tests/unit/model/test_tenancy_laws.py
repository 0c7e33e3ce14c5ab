"""Laws of what no spec can do: reach a node, another namespace, or what the platform forbids."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from microservice_operator.errors import Forbidden
from microservice_operator.model import understand
from microservice_operator.model.labels import DOMAIN
from microservice_operator.platform import settings
from microservice_operator.resources import CHILDREN, desired
from tests import apps, specs

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = dict[str, Any]

NOTHING = settings({"tenancy": {"secrets": [], "tolerations": [], "priorityClasses": []}})
POD = {
    *("automountServiceAccountToken", "containers", "imagePullSecrets", "initContainers"),
    *("nodeSelector", "priorityClassName", "securityContext", "serviceAccountName"),
    *("terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints", "volumes"),
}
CONTAINER = {
    *("args", "command", "env", "envFrom", "image", "lifecycle", "livenessProbe", "name", "ports"),
    *("readinessProbe", "resources", "restartPolicy", "securityContext", "startupProbe"),
    "volumeMounts",
}
SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}
STEPS_UP = re.compile(r"(^|/)\.\.(/|$)")
STEERS = re.compile(r"(.*\.)?(kubernetes\.io|k8s\.io|istio\.io)/.*")
FREE = {
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "cluster-autoscaler.kubernetes.io/safe-to-evict",
    "kubectl.kubernetes.io/default-container",
}

rare = hypothesis_settings(suppress_health_check=[HealthCheck.filter_too_much])


def _pod(body: Body) -> Body:
    return apps.template(understand(body, apps.OPEN))


def _containers(pod: Body) -> list[Body]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def _secrets(value: Any) -> Iterator[str]:
    """Every Secret that a pod can get hold of."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if key in {"secretKeyRef", "secretRef", "secret"} and isinstance(inner, dict):
            yield inner.get("name") or inner["secretName"]
        elif key == "imagePullSecrets":
            yield from (each["name"] for each in inner)
        elif isinstance(inner, dict | list):
            yield from _secrets(inner)


@rare
@given(specs.bodies())
def test_a_pod_says_nothing_of_its_node_but_by_labels_and_taints(body: Body) -> None:
    """Whatever is written: no field, volume, port or probe of it is one of the node's."""
    pod = _pod(body)

    assert pod["spec"].keys() <= POD
    assert pod["spec"]["securityContext"].keys() <= {
        *("fsGroup", "fsGroupChangePolicy", "runAsNonRoot", "seccompProfile")
    }
    for volume in pod["spec"].get("volumes", ()):
        [kind] = volume.keys() - {"name"}
        assert kind in VOLUMES
    for container in _containers(pod):
        assert container.keys() <= CONTAINER
        assert container["securityContext"] == SECURITY
        for port in container.get("ports", ()):
            assert port.keys() == {"name", "containerPort", "protocol"}
        for mount in container["volumeMounts"]:
            assert mount.keys() <= {"name", "mountPath", "readOnly"}
            assert mount["mountPath"].startswith("/")
            assert not STEPS_UP.search(mount["mountPath"])
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            for asked in container.get(probe, {}).values():
                assert not isinstance(asked, dict) or "host" not in asked


@rare
@given(specs.bodies())
def test_labels_and_annotations_of_a_pod_steer_nobody(body: Body) -> None:
    """A mesh, a cluster and a security profile are told by the platform alone."""
    metadata = _pod(body)["metadata"]
    keys = {*metadata["labels"], *metadata.get("annotations", {})}

    assert not {key for key in keys - FREE if STEERS.fullmatch(key)}
    assert {key for key in keys if key.startswith(f"{DOMAIN}/")} == {f"{DOMAIN}/track"}


@rare
@given(specs.bodies())
def test_everything_stays_in_its_namespace_and_acts_on_itself(body: Body) -> None:
    """Another namespace is only ever named as a peer, which opens nothing but our own pods."""
    name = body["metadata"]["name"]
    for child in desired(understand(body, apps.OPEN)):
        spec = child.get("spec", {})
        assert child["kind"] in {kind.name for kind in CHILDREN}
        assert child["metadata"]["namespace"] == apps.NAMESPACE
        if child["kind"] == "NetworkPolicy":
            assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == name
        if child["kind"] == "HorizontalPodAutoscaler":
            assert spec["scaleTargetRef"]["name"] == name
        if child["kind"] == "Service":
            assert spec["type"] == "ClusterIP"
            assert spec.keys() == {"type", "selector", "ports"}


@rare
@given(specs.bodies())
def test_what_the_platform_does_not_allow_is_in_no_pod(body: Body) -> None:
    """Where nothing is allowed, a spec is refused exactly when its pods would have something."""
    pod = _pod(body)["spec"]
    asked = [
        *_secrets(pod),
        *pod.get("tolerations", ()),
        *filter(None, (pod.get("priorityClassName"), body["spec"].get("serviceAccountName"))),
    ]
    refused = True

    with suppress(Forbidden):
        understand(body, NOTHING)
        refused = False

    assert refused == bool(asked)
    assert asked or pod["serviceAccountName"] == body["metadata"]["name"]
