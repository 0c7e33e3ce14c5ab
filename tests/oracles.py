"""What others conclude from our objects: ports of rules that do not belong to this project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Object = Mapping[str, Any]

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
SHARED_WITH_THE_HOST = ("hostIPC", "hostNetwork", "hostPID")


def kstatus(thing: Object) -> Literal["Current", "InProgress", "Failed", "Terminating"]:
    """How far Flux, kpt and `helm --wait` believe this object to be (sigs.k8s.io/cli-utils)."""
    metadata, status = thing["metadata"], thing.get("status", {})
    answers = _answers(status)
    if "deletionTimestamp" in metadata:
        return "Terminating"
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return "InProgress"
    if answers.get("Reconciling") == "True":
        return "InProgress"
    if answers.get("Stalled") == "True":
        return "Failed"
    return "Current" if answers.get("Ready", "True") == "True" else "InProgress"


def kubectl_wait(thing: Object, condition: str = "Ready") -> bool:
    """Whether `kubectl wait --for=condition=Ready` would return now."""
    generation, status = thing["metadata"].get("generation", 0), thing.get("status", {})
    for each in status.get("conditions", ()):
        if each["type"].lower() == condition.lower():
            observed = each.get("observedGeneration", status.get("observedGeneration", generation))
            return bool(observed >= generation) and each["status"] == "True"
    return False


def unrestricted(pod: Object) -> list[str]:
    """What the restricted Pod Security Standard holds against a pod template; [] is a pass."""
    spec = pod["spec"]
    found = [f"{field} is set" for field in SHARED_WITH_THE_HOST if spec.get(field)]
    found += [
        f"volume {volume['name']} is of a forbidden kind"
        for volume in spec.get("volumes", ())
        if not volume.keys() <= {"name", *VOLUMES}
    ]
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        common = spec.get("securityContext", {})
        found += [f"container {container['name']} {flaw}" for flaw in _flaws(container, common)]
    return found


def _answers(status: Object) -> dict[str, str]:
    return {each["type"]: each["status"] for each in status.get("conditions", ())}


def _flaws(container: Object, pod_context: Object) -> Iterator[str]:
    own = container.get("securityContext", {})
    context = {**pod_context, **own}
    capabilities = own.get("capabilities", {})
    if own.get("privileged"):
        yield "is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may escalate its privileges"
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield "may run as root"
    if context.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "has no seccomp profile"
    if "ALL" not in capabilities.get("drop", ()):
        yield "keeps capabilities"
    if not set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"}:
        yield "adds capabilities"
    if any("hostPort" in port for port in container.get("ports", ())):
        yield "takes a port of the host"
