"""The bed keeps its promises: pods run, find each other, are measured, and can be looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.e2e.images import LOST
from tests.e2e.workloads import deployment, pod

if TYPE_CHECKING:
    from tests.cluster import Node
    from tests.e2e.place import Place

pytestmark = pytest.mark.node


def test_the_node_is_ready_and_so_are_its_own_pods(node: Node) -> None:
    """A kubelet of the pinned version runs them: no pod here is simulated."""
    [found] = node.api.request("GET", "/api/v1/nodes")[1]["items"]
    version = node.api.request("GET", "/version")[1]["gitVersion"]

    node.kubectl(
        *("rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=60s"),
        timeout=70,
    )

    info = found["status"]["nodeInfo"]
    assert info["kubeletVersion"] == version != "v0.0.0"
    assert info["containerRuntimeVersion"].startswith("containerd://")


def test_a_pod_answers_with_its_version_and_its_name(place: Place) -> None:
    """The answer comes from the very pod that the API server knows."""
    place.run(replicas=2)
    place.serves()

    code, answer = place.ask()

    assert (code, answer["version"]) == (200, "v1")
    assert answer["host"] in {pod["metadata"]["name"] for pod in place.pods()}


def test_pods_find_a_service_by_its_name(place: Place) -> None:
    """CoreDNS answers with the Service's address, and kube-proxy leads it to a pod."""
    place.run()
    place.run("other")
    host = f"other.{place.namespace}.svc.cluster.local"
    address = place.address("other")

    place.serves()
    assert place.ask(f"lookup?name={host}") == (200, address)
    # A ready pod is an endpoint a moment later.
    wait_until(lambda: place.fetch("http://other/")[0] == 200, "the Service to answer")
    assert place.fetch("http://other/")[1]["host"].startswith("other-")


def test_the_metrics_api_tells_how_busy_a_pod_is(node: Node, place: Place) -> None:
    """The autoscaler's only source: without it nothing scales."""
    place.run()
    path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{place.namespace}/pods"

    def measured() -> bool:
        code, answer = node.api.request("GET", path)
        return code == 200 and any(pod["containers"] for pod in answer["items"])

    wait_until(measured, "the pod to be measured", 90)


def test_logs_and_exec_reach_the_container(node: Node, place: Place) -> None:
    """The API server finds the kubelet, and the kubelet lets it in."""
    place.run()
    kubectl, where = node.kubectl, ("-n", place.namespace, "deployment/web")

    said = kubectl("logs", *where).stdout
    ended = kubectl("exec", *where, "--", "/app", "exit", "7", check=False)

    assert "serving version v1" in said
    assert "exit code 7" in ended.stderr


def test_an_image_that_nobody_has_is_refused_at_once(node: Node, place: Place) -> None:
    """No test waits for a registry that this machine could not reach anyway."""
    node.apply(pod("lost", LOST), place.namespace)

    refused = {"ErrImagePull", "ImagePullBackOff"}
    wait_until(lambda: place.waiting_for("lost") in refused, "the refusal")


def test_a_request_that_has_begun_is_finished_when_its_pod_ends(node: Node, place: Place) -> None:
    """The test application is a good example: what it loses, others have lost for it."""
    place.run()
    [pod] = place.pods()
    name = pod["metadata"]["name"]
    address = pod["status"]["podIP"]

    asking = node.spawn("curl", "--silent", f"http://{address}:8080/?sleep=4s")
    wait_until(lambda: _established(node, address), "the request to arrive")
    node.kubectl("delete", "pod", name, "-n", place.namespace, "--wait=false")

    said, _ = asking.communicate(timeout=20)
    assert name in said


def test_a_component_can_be_paused_and_goes_on(node: Node, place: Place) -> None:
    """A fault strikes the component inside, not the process that holds it outside."""
    processes = node.processes
    processes.pause("kube-scheduler")
    try:
        node.apply(deployment("web"), place.namespace)
        [pod] = wait_until(place.pods, "the pod to be made")
        assert not node.api_of("kube-scheduler").healthy("/readyz")
        assert "nodeName" not in pod["spec"]
    finally:
        processes.resume("kube-scheduler")

    place.available("web")


def test_a_killed_component_can_be_started_again(node: Node, place: Place) -> None:
    """It finds its data and its port, and pods have lived on without it."""
    place.run()
    [before] = place.pods()
    processes = node.processes

    processes.kill("kubelet")
    processes.start("kubelet")

    place.run("another")
    assert [pod["metadata"]["uid"] for pod in place.pods()] == [before["metadata"]["uid"]]


def _established(node: Node, address: str) -> bool:
    return address in node.run("ss", "-Htn", "state", "established", "dst", address).stdout
