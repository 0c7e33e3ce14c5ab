"""What is the matter with the pods: from their status to one sentence with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.status.reasons import Reason
from microservice_operator.status.rollout import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PULL = frozenset({"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"})
CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
CRASH = "CrashLoopBackOff"
APPLICATION = "app"

WORST_FIRST: tuple[str, ...] = (
    Reason.IMAGE_PULL,
    Reason.CONFIG_MISSING,
    Reason.CRASH_LOOP,
    Reason.UNSCHEDULABLE,
    Reason.PROBE_FAILING,
)


def diagnose(pods: Iterable[Mapping[str, Any]]) -> Trouble | None:
    """The worst trouble of all pods that are to stay; None when nothing can be seen in them."""
    troubles = [
        trouble
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
        for trouble in _troubles(pod)
    ]
    return min(troubles, key=lambda trouble: WORST_FIRST.index(trouble.reason), default=None)


def _troubles(pod: Mapping[str, Any]) -> Iterator[Trouble]:
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield _no_node(name, _words(condition))
    containers = status.get("containerStatuses", ())
    for container in (*status.get("initContainerStatuses", ()), *containers):
        trouble = _of_container(name, container)
        if trouble:
            yield trouble
    for container in containers:
        if "running" in container.get("state", {}) and not container.get("ready", False):
            yield _not_ready(name, container)


def _no_node(pod: str, words: str) -> Trouble:
    advice = "Lower `resources.requests` or change `placement`, or add nodes."
    if "persistentvolumeclaim" in words.lower():
        advice = "Check the claims that `mounts` names."
    return Trouble(Reason.UNSCHEDULABLE, f"Pod {pod} finds no node: {words} {advice}")


def _of_container(pod: str, container: Mapping[str, Any]) -> Trouble | None:
    state = container.get("state", {})
    waiting = state.get("waiting", {})
    who = f"Container {container['name']} of pod {pod}"
    match waiting.get("reason"):
        case reason if reason in PULL:
            return Trouble(
                Reason.IMAGE_PULL,
                f"{who} cannot pull {container.get('image', 'its image')}: {_words(waiting)} "
                "Check `image` and `imagePullSecrets`.",
            )
        case reason if reason in CONFIG:
            return Trouble(
                Reason.CONFIG_MISSING,
                f"{who} cannot be started: {_words(waiting)} Check the Secrets and ConfigMaps "
                "that `env` and `envFrom` name, and the user of the image.",
            )
        case reason if reason == CRASH:
            return _crash(pod, container)
    if "terminated" in state and state["terminated"].get("exitCode"):
        return _crash(pod, container)
    return None


def _not_ready(pod: str, container: Mapping[str, Any]) -> Trouble:
    """Between two crashes a container runs for a moment: that is no matter of its probes."""
    if container.get("restartCount") and container.get("lastState", {}).get("terminated"):
        return _crash(pod, container)
    return Trouble(
        Reason.PROBE_FAILING,
        f"Container {container['name']} of pod {pod} runs but is not ready: check `health`, and "
        "that the application listens on the port in its `PORT` variable.",
    )


def _crash(pod: str, container: Mapping[str, Any]) -> Trouble:
    name = container["name"]
    log = f"kubectl logs --previous {pod}" + ("" if name == APPLICATION else f" -c {name}")
    last = container.get("lastState", {}).get("terminated") or container["state"].get("terminated")
    ending = "ended"
    if last:
        ending = f"ended with code {last.get('exitCode')}"
        if last.get("reason") == "OOMKilled":
            ending = "was killed for want of memory; raise `resources.limits.memory`"
    return Trouble(
        Reason.CRASH_LOOP,
        f"Container {name} of pod {pod} {ending} and is started again and again; see its log with "
        f"`{log}`.",
    )


def _words(state: Mapping[str, Any]) -> str:
    return sentence(state.get("message") or state.get("reason") or "no reason given")


def sentence(words: str) -> str:
    """The cluster's own words, ended by a full stop."""
    words = words.strip()
    return words if words.endswith(".") else f"{words}."
