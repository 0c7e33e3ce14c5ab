"""What is the matter with the pods, from what the kubelet and the scheduler say of them."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.status.diagnosis import diagnose


def pod(*containers: dict[str, Any], name: str = "orders-1", **status: Any) -> dict[str, Any]:
    """A pod with these container statuses."""
    found = {"containerStatuses": list(containers), **status}
    return {"metadata": {"name": name}, "status": found}


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    """A container that waits."""
    state = {"waiting": {"reason": reason} | ({"message": message} if message else {})}
    return {"name": "app", "image": "registry.example/orders:1", "state": state, **more}


def ended(code: int, reason: str = "Error") -> dict[str, Any]:
    """How a container ended."""
    return {"terminated": {"exitCode": code, "reason": reason}}


RUNNING: dict[str, Any] = {"name": "app", "state": {"running": {}}, "ready": True}
UNSCHEDULABLE: dict[str, Any] = {
    "conditions": [
        {"type": "Initialized", "status": "False"},
        {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"},
    ]
}


def told(*pods: dict[str, Any]) -> tuple[str, str]:
    """Reason and message of what is found."""
    trouble = diagnose(pods)
    assert trouble is not None
    return str(trouble.reason), trouble.message


@pytest.mark.parametrize(
    "reason", ["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"]
)
def test_an_image_that_cannot_be_pulled(reason: str) -> None:
    """The message names the image, and the two fields where the mistake may be."""
    found, message = told(pod(waiting(reason, "not found")))

    assert found == "ImagePull"
    assert "Container app of pod orders-1 cannot pull registry.example/orders:1: not found." in (
        message
    )
    assert "`imagePullSecrets`" in message


@pytest.mark.parametrize(
    "reason", ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"]
)
def test_a_container_that_cannot_be_started(reason: str) -> None:
    """Mostly a Secret is missing; the kubelet's words say which."""
    found, message = told(pod(waiting(reason, 'secret "database" not found')))

    assert found == "ConfigMissing"
    assert 'secret "database" not found. Check' in message


def test_a_crash_loop_tells_the_exit_code_and_where_the_log_is() -> None:
    """The log of the container that ended is not the one that `kubectl logs` shows."""
    crashing = waiting("CrashLoopBackOff", restartCount=7, lastState=ended(137))

    found, message = told(pod(crashing))

    assert found == "CrashLoop"
    assert "ended with code 137 and is started again and again" in message
    assert "7" not in message.replace("137", ""), "a counter would rewrite the status each time"
    assert "`kubectl logs --previous orders-1`" in message


def test_a_container_that_was_killed_for_memory_says_so() -> None:
    """Its exit code would not tell."""
    killed = waiting("CrashLoopBackOff", restartCount=2, lastState=ended(137, "OOMKilled"))

    assert "raise `resources.limits.memory`" in told(pod(killed))[1]


def test_a_crash_of_which_nothing_is_known_is_still_a_crash() -> None:
    """The kubelet forgets how a container ended when the pod's sandbox is gone."""
    assert "Container app of pod orders-1 ended and" in told(pod(waiting("CrashLoopBackOff")))[1]


def test_a_container_that_has_just_failed_is_a_crash() -> None:
    """It has not been restarted yet."""
    found, message = told(pod({"name": "app", "state": ended(1), "restartCount": 0}))

    assert found == "CrashLoop"
    assert "ended with code 1" in message


def test_a_container_that_has_done_its_work_is_no_trouble() -> None:
    """Init containers end well."""
    done = {"name": "init", "state": ended(0, "Completed"), "ready": True}

    assert diagnose([pod(RUNNING, initContainerStatuses=[done])]) is None


def test_a_container_that_crashes_is_no_matter_of_health_while_it_runs_again() -> None:
    """Between two crashes it runs for a moment; the reason must not flap."""
    again = {**RUNNING, "ready": False, "restartCount": 4, "lastState": ended(1)}

    assert told(pod(again))[0] == "CrashLoop"


def test_a_container_that_runs_but_is_not_ready() -> None:
    """Its probe fails, and its port is the first thing to check."""
    found, message = told(pod({**RUNNING, "ready": False}))

    assert found == "ProbeFailing"
    assert "`PORT`" in message


def test_an_init_container_at_work_is_no_trouble() -> None:
    """It is never ready before it ends, and has no probe to fail."""
    at_work = {"name": "init", "state": {"running": {}}, "ready": False}
    next_one = {"name": "app", "state": {"waiting": {"reason": "PodInitializing"}}}

    assert diagnose([pod(next_one, initContainerStatuses=[at_work])]) is None


def test_a_pod_without_a_node() -> None:
    """The scheduler's words say what is missing."""
    found, message = told(pod(**UNSCHEDULABLE))

    assert found == "Unschedulable"
    assert "Pod orders-1 finds no node: 0/3 nodes are available. Lower" in message


def test_a_claim_that_is_missing_is_found_under_mounts() -> None:
    """No more nodes would help."""
    words = '0/3 nodes are available: persistentvolumeclaim "data" not found.'
    condition = {"type": "PodScheduled", "status": "False", "message": words}

    found, message = told(pod(conditions=[condition]))

    assert found == "Unschedulable"
    assert message.endswith(f"{words} Check the claims that `mounts` names.")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"waiting": {"reason": "ErrImagePull"}}, "ImagePull"),
        ({"waiting": {"reason": "CreateContainerConfigError"}}, "ConfigMissing"),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, "CrashLoop"),
        (ended(1), "CrashLoop"),
    ],
)
def test_trouble_of_a_container_beside_the_application_has_its_name(
    state: dict[str, Any], reason: str
) -> None:
    """A step that fails, or a sidecar, holds the application up."""
    waits = {"name": "app", "state": {"waiting": {"reason": "PodInitializing"}}}

    found, message = told(pod(waits, initContainerStatuses=[{"name": "migrate", "state": state}]))

    assert found == reason
    assert message.startswith("Container migrate of pod orders-1 ")
    assert ("--previous orders-1 -c migrate`" in message) == (reason == "CrashLoop")


def test_words_of_the_cluster_always_end_in_a_full_stop() -> None:
    """Some do, some do not, and some say nothing."""
    assert (
        "finds no node: no reason given. Lower"
        in told(pod(conditions=[{"type": "PodScheduled", "status": "False"}]))[1]
    )
    assert ": ErrImagePull. Check" in told(pod(waiting("ErrImagePull")))[1]
    assert ": It ends here. Check" in told(pod(waiting("ErrImagePull", "It ends here. ")))[1]


def test_the_worst_trouble_is_told() -> None:
    """What needs the user most comes first, whichever pod has it."""
    pods = [
        pod({**RUNNING, "ready": False}),
        pod(**UNSCHEDULABLE),
        pod(waiting("CrashLoopBackOff")),
        pod(waiting("CreateContainerConfigError")),
        pod(waiting("ErrImagePull")),
    ]

    found = []
    while pods:
        found.append(told(*pods)[0])
        pods.pop()

    assert found == ["ImagePull", "ConfigMissing", "CrashLoop", "Unschedulable", "ProbeFailing"]


def test_a_pod_that_leaves_is_no_trouble() -> None:
    """Its containers are meant to end."""
    leaving = pod(waiting("CrashLoopBackOff"))
    leaving["metadata"]["deletionTimestamp"] = "2026-11-05T10:00:00Z"

    assert diagnose([leaving]) is None


def test_pods_that_start_as_they_should_are_no_trouble() -> None:
    """Also before the kubelet has said anything of them."""
    starting = {"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}

    assert diagnose([{"metadata": {"name": "new"}}, pod(starting), pod(RUNNING), pod()]) is None
    assert diagnose([]) is None
