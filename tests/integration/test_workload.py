"""Folders, companions and the catalogue on a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.patches import add
from tests.integration.world import condition

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

Spec = dict[str, Any]

TMP = "/tmp"  # noqa: S108  that of the pod
CLAIM = {"name": "data", "path": "/data", "claim": "data"}
COMPANIONS: Spec = {
    "mounts": [
        {"name": "tls", "path": "/etc/tls", "secret": "tls"},
        {"name": "rules", "path": "/etc/rules", "configMap": "rules"},
        {"name": "cache", "path": "/cache", "empty": {"medium": "Memory", "sizeLimit": "1Gi"}},
    ],
    "sidecars": [
        {"name": "proxy", "image": "proxy", "ports": [{"name": "admin", "port": 15000}]},
        {"name": "warmer", "image": "warmer", "mounts": [{"name": "cache", "path": TMP}]},
    ],
    "init": [
        {
            "name": "migrate",
            "image": "migrate",
            "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}},
            "mounts": [{"name": "cache", "path": "/cache", "readOnly": True}],
        }
    ],
}
ABOUT = {
    "team": "checkout",
    "description": "Takes orders, and keeps them.",
    "docs": "https://docs.example/orders",
    "openapi": "/openapi.json",
}


@pytest.fixture
def restricted(world: World) -> World:
    """A namespace that takes no pod unless it keeps to the strictest standard."""
    world.writer.request(
        "PATCH",
        f"/api/v1/namespaces/{world.namespace}",
        add("/metadata/labels/pod-security.kubernetes.io~1enforce", "restricted"),
        content="application/json-patch+json",
    )
    return world


@pytest.fixture
def claimed(world: World) -> World:
    """A namespace with a claim that is bound to a volume."""
    name = f"volume-{world.namespace}"
    size = {"storage": "1Gi"}
    common = {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
    reference = {"namespace": world.namespace, "name": "data"}
    local = {"hostPath": {"path": "/data"}, "claimRef": reference, "capacity": size}
    volume = {"metadata": {"name": name}, "spec": {**common, **local}}
    world.writer.request("POST", "/api/v1/persistentvolumes", volume)
    claim = {**common, "volumeName": name, "resources": {"requests": size}}
    world.create("persistentvolumeclaims", {"metadata": {"name": "data"}, "spec": claim})
    world.await_object(
        "persistentvolumeclaims", lambda it: it["status"]["phase"] == "Bound", "data"
    )
    return world


def _pod(world: World) -> Manifest:
    [pod] = world.all("pods")
    found: Manifest = pod["spec"]
    return found


def test_companions_are_admitted_and_start_in_order(restricted: World) -> None:
    """Every container is restricted, and the sidecars come before the steps."""
    restricted.ready(**COMPANIONS)

    pod = _pod(restricted)
    first = [(each["name"], each.get("restartPolicy")) for each in pod["initContainers"]]
    assert first == [("proxy", "Always"), ("warmer", "Always"), ("migrate", None)]
    assert all(
        each["securityContext"]["readOnlyRootFilesystem"]
        and TMP in {mount["mountPath"] for mount in each["volumeMounts"]}
        for each in (*pod["initContainers"], *pod["containers"])
    )


@pytest.mark.parametrize(
    "spec",
    [COMPANIONS, {"replicas": 0, "mounts": [CLAIM]}, {"about": ABOUT}],
    ids=["companions", "claim", "about"],
)
def test_what_is_in_place_costs_nothing(world: World, spec: Spec) -> None:
    """What the server makes of it is no difference, also after a restart."""
    world.ready(**spec)
    world.settle()
    mark = world.mark()

    world.process.restart()
    world.settle()

    assert world.requests(mark) == []


def test_a_claim_with_one_writer_never_has_two(claimed: World) -> None:
    """The old pod leaves first, and both may write to a volume that belongs to root."""
    claimed.ready(mounts=[CLAIM])
    claimed.ready(mounts=[CLAIM], image="registry.example/app:2")

    assert claimed.the("deployments")["spec"]["strategy"] == {"type": "Recreate"}
    wait_until(lambda: len(claimed.all("pods")) == 1, "the old pod to be gone")
    context = _pod(claimed)["securityContext"]
    assert (context["fsGroup"], context["fsGroupChangePolicy"]) == (10001, "OnRootMismatch")


def test_a_claim_becomes_shared_and_back(world: World) -> None:
    """Each way is one write, and neither strategy leaves anything of itself in the other."""
    for shared, strategy in ((True, "RollingUpdate"), (False, "Recreate"), (True, "RollingUpdate")):
        mark = world.mark()
        world.ready(replicas=0, mounts=[{**CLAIM, "shared": shared}])
        world.settle()

        found = world.the("deployments")["spec"]["strategy"]
        assert found["type"] == strategy
        assert ("rollingUpdate" in found) == shared
        assert world.writes(mark).count("patch deployments") == 1


@pytest.mark.parametrize("kind", ["deployments", "services", "serviceaccounts", "networkpolicies"])
def test_the_team_is_a_label_of_every_child(world: World, kind: str) -> None:
    """It comes, changes and goes with the spec."""
    for team in ("a", "b", None):
        about = {"about": {"team": team}} if team else {}
        world.ready(replicas=0, calls=[], **about)

        assert world.the(kind)["metadata"]["labels"].get("microservices.dev/team") == team


def test_the_catalogue_touches_no_pod(world: World) -> None:
    """Its texts are annotations of the Deployment; a removed one is removed there."""
    world.ready()
    [before] = world.all("pods")

    world.ready(about=ABOUT)
    told = world.the("deployments")["metadata"]["annotations"]
    assert {key: told.get(f"microservices.dev/{key}") for key in ABOUT if key != "team"} == {
        key: text for key, text in ABOUT.items() if key != "team"
    }
    world.ready(about={"docs": "http://docs.example"})

    left = world.the("deployments")["metadata"]["annotations"]
    ours = {key: text for key, text in left.items() if key.startswith("microservices.dev/")}
    assert ours == {"microservices.dev/docs": "http://docs.example"}
    [after] = world.all("pods")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_text_that_somebody_changes_is_changed_back(world: World) -> None:
    """The spec is where the catalogue is written."""
    world.ready(replicas=0, about=ABOUT)

    world.kubectl(
        "annotate", "--overwrite", "deployment/orders", "microservices.dev/docs=https://evil"
    )

    world.await_object(
        "deployments",
        lambda it: it["metadata"]["annotations"]["microservices.dev/docs"] == ABOUT["docs"],
    )


def test_microservices_are_found_by_team(world: World) -> None:
    """The field is selectable by the server itself."""
    world.apply("one", replicas=0, about={"team": "checkout"})
    world.apply("two", replicas=0, about={"team": "search"})
    world.apply("three", replicas=0)

    selector = ("--field-selector", "spec.about.team=checkout")
    names = world.kubectl("get", "msvc", *selector, "-o", "name")

    assert names.split() == ["microservice.microservices.dev/one"]


def test_a_volume_that_is_missing_is_named(world: World) -> None:
    """A pod that waits for it tells nobody; its Events do, and the operator reads them."""
    mounts = [{"name": "tls", "path": "/etc/tls", "secret": "tls"}]
    world.apply(mounts=mounts, podAnnotations={"testbed.example/behaviour": "mount-error"})
    [pod] = wait_until(lambda: world.all("pods"), "a pod")
    _fail_to_mount(world, pod["metadata"])

    found = world.await_condition("Available", "False", "ConfigMissing")

    words = 'MountVolume.SetUp failed for volume "tls" : secret "tls" not found.'
    message = condition(found, "Available")["message"]
    assert message.endswith(f"waits for a volume: {words} Check what `mounts` names.")
    world.ready(mounts=mounts)


def _fail_to_mount(world: World, pod: Manifest) -> None:
    """Say what a node says, in the way in which it says it."""
    regarding = {key: pod[key] for key in ("name", "namespace", "uid")}
    now = "2030-01-01T00:00:00Z"
    event = {
        "metadata": {"generateName": "orders-", "namespace": world.namespace},
        "involvedObject": {"kind": "Pod", "apiVersion": "v1", **regarding},
        "reason": "FailedMount",
        "type": "Warning",
        "message": 'MountVolume.SetUp failed for volume "tls" : secret "tls" not found',
        "source": {"component": "kubelet"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
    world.writer.request("POST", f"/api/v1/namespaces/{world.namespace}/events", event)


def test_a_claim_that_is_missing_is_named(world: World) -> None:
    """No more nodes would help, so the advice is another one."""
    world.apply(mounts=[CLAIM])

    found = world.await_condition("Available", "False", "Unschedulable")

    message = condition(found, "Available")["message"]
    assert 'persistentvolumeclaim "data" not found' in message
    assert "Check the claims that `mounts` names." in message
