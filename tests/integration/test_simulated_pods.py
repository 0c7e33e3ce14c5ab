"""What the simulated pods of the test bed do, and how a test tells them to misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cluster import Cluster, wait_until
from tests.integration.revisions import Record

if TYPE_CHECKING:
    from collections.abc import Callable

Status = dict[str, Any]


def test_a_deployment_becomes_available_and_goes_away(cluster: Cluster, namespace: str) -> None:
    """Controllers, scheduler and nodes do their parts, in both directions."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container("app")]}}
    spec = {"replicas": 3, "selector": {"matchLabels": labels}, "template": template}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}

    cluster.apply({**manifest, "spec": spec}, namespace)
    cluster.kubectl(
        "rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s", timeout=90
    )
    cluster.kubectl("delete", "deployment", "web", "-n", namespace)

    pods = ["get", "pods", "-n", namespace, "-o", "name"]
    wait_until(lambda: not cluster.kubectl(*pods).stdout, "the pods to go")


def test_a_ready_pod_reports_every_container(cluster: Cluster, namespace: str) -> None:
    """A ready pod has an address, and a status for each container, the native sidecar included."""
    init = [container("setup"), {**container("proxy"), "restartPolicy": "Always"}]
    spec = {"initContainers": init, "containers": [container("app"), container("more")]}

    status = simulate(cluster, namespace, {}, is_ready, **spec)

    assert status["podIP"]
    assert status["startTime"]
    for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready"):
        assert condition(status, kind) == "True"
    assert [(c["name"], c["ready"]) for c in status["containerStatuses"]] == [
        ("app", True),
        ("more", True),
    ]
    setup, proxy = status["initContainerStatuses"]
    assert setup["state"]["terminated"]["exitCode"] == 0
    assert proxy["started"]
    assert "running" in proxy["state"]


def test_a_late_pod_is_unready_before_it_is_ready(cluster: Cluster, namespace: str) -> None:
    """The delay is what the annotation says, and readiness lasts."""
    late = {"behaviour": "late", "ready-after": "2s"}

    record = Record(cluster, f"/api/v1/namespaces/{namespace}/pods")
    record.start()
    status = simulate(cluster, namespace, late, is_ready)

    assert any(is_running_unready(each["status"]) for each in record.end())
    [ready] = [c for c in status["conditions"] if c["type"] == "Ready"]
    assert ready["lastTransitionTime"] > status["startTime"]


def test_an_unready_pod_can_be_mended(cluster: Cluster, namespace: str) -> None:
    """Without its annotation it behaves, so that tests can heal what they broke."""
    status = simulate(cluster, namespace, {"behaviour": "unready"}, is_running_unready)

    assert status["containerStatuses"][0]["started"]
    cluster.kubectl("annotate", "pod", "pod", "testbed.example/behaviour-", "-n", namespace)
    wait_until(lambda: is_ready(pod_status(cluster, namespace)), "readiness")


def test_a_crashing_pod_says_how_it_ended(cluster: Cluster, namespace: str) -> None:
    """It waits to be started again, and remembers its restarts and last exit code."""
    crash = {"behaviour": "crash", "exit-code": "137"}

    status = simulate(cluster, namespace, crash, waits_for("CrashLoopBackOff"))

    [app] = status["containerStatuses"]
    assert app["restartCount"] > 0
    assert app["lastState"]["terminated"]["exitCode"] == 137
    assert condition(status, "Ready") == "False"


def test_a_pod_without_its_image_says_so(cluster: Cluster, namespace: str) -> None:
    """It stays pending and names the image."""
    missing = {"behaviour": "pull-error"}

    status = simulate(cluster, namespace, missing, waits_for("ImagePullBackOff"))

    [app] = status["containerStatuses"]
    assert '"image-of-app"' in app["state"]["waiting"]["message"]
    assert status["phase"] == "Pending"


def test_a_pod_is_deleted_quickly(cluster: Cluster, namespace: str) -> None:
    """The grace period of thirty seconds is not sat out."""
    simulate(cluster, namespace, {}, is_ready)

    cluster.kubectl("delete", "pod", "pod", "-n", namespace, "--timeout=20s")

    assert cluster.get("pod", "pod", namespace) is None


def simulate(
    cluster: Cluster,
    namespace: str,
    annotations: dict[str, str],
    expected: Callable[[Status], Status | None],
    **spec: object,
) -> Status:
    """Create a pod with these annotations and wait until its status is as expected."""
    full = {f"testbed.example/{key}": value for key, value in annotations.items()}
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "annotations": full},
        "spec": spec or {"containers": [container("app")]},
    }
    cluster.apply(manifest, namespace)
    return wait_until(lambda: expected(pod_status(cluster, namespace)), expected.__name__)


def pod_status(cluster: Cluster, namespace: str) -> Status:
    """The present status of the pod of this test."""
    pod = cluster.get("pod", "pod", namespace)
    assert pod
    status: Status = pod["status"]
    return status


def container(name: str) -> dict[str, str]:
    """A container; nobody pulls its image."""
    return {"name": name, "image": f"image-of-{name}"}


def condition(status: Status, kind: str) -> str:
    """The value of one condition, or nothing."""
    values = [c["status"] for c in status.get("conditions", []) if c["type"] == kind]
    return values[0] if values else ""


def is_ready(status: Status) -> Status | None:
    """A status that says Ready."""
    return status if condition(status, "Ready") == "True" else None


def is_running_unready(status: Status) -> Status | None:
    """A status that says Running, and not Ready."""
    unready = condition(status, "Ready") == "False"
    return status if unready and status["phase"] == "Running" else None


def waits_for(reason: str) -> Callable[[Status], Status | None]:
    """Statuses whose only container waits for this reason."""

    def waits(status: Status) -> Status | None:
        reasons = [
            c["state"].get("waiting", {}).get("reason") for c in status.get("containerStatuses", [])
        ]
        return status if reasons == [reason] else None

    return waits
