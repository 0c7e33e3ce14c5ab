"""From the first apply to the end: created, changed, scaled, pruned, deleted, made again."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.world import CHILDREN, ONE_OF_EACH, SENTINEL, WRITES, condition, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.world import World

EVERYTHING: dict[str, Any] = {
    **{block: said for block, said in ONE_OF_EACH.items() if block != "availability"},
    "replicas": 2,
}
# An empty block, where there was one, would be stored as null.
NO_PORT: dict[str, Any] = {
    "ports": [],
    "resilience": None,
    "observability": {"accessLog": "Errors"},
}
OF_PORTS = {
    "services",
    "destinationrules",
    "envoyfilters",
    "prometheusrules",
    "servicemonitors",
    "virtualservices",
}
SWITCHED_OFF = pytest.mark.parametrize(
    ("spec", "gone"),
    [
        (NO_PORT, OF_PORTS),
        ({"replicas": 1}, {"poddisruptionbudgets"}),
        ({"serviceAccountName": "default"}, {"serviceaccounts"}),
    ],
    ids=["ports", "replicas", "account"],
)


def _without(spec: dict[str, Any]) -> dict[str, Any]:
    """Everything, but for what this spec changes or leaves out."""
    return {block: said for block, said in {**EVERYTHING, **spec}.items() if said is not None}


def _uids(world: World) -> dict[str, str]:
    return {kind: child["metadata"]["uid"] for kind, child in world.children().items()}


def test_one_small_object_becomes_everything_and_says_so(world: World) -> None:
    """All children belong to it, and the columns tell a person how it is."""
    found = world.ready(**EVERYTHING, version="v7")

    for child in world.children().values():
        [owner] = child["metadata"]["ownerReferences"]
        assert (owner["uid"], owner["controller"]) == (found["metadata"]["uid"], True)
        assert "blockOwnerDeletion" not in owner
    assert world.children().keys() == set(CHILDREN)
    head, row = world.kubectl("get", "msvc").splitlines()
    assert head.split() == ["NAME", "READY", "REASON", "PODS", "VERSION", "TRAFFIC", "AGE"]
    assert row.split()[:5] == ["orders", "True", "Ready", "2/2", "v7"]
    wide = world.kubectl("get", "msvc", "-o", "wide")
    assert "registry.example/app:1" in wide
    assert "2 of 2 pods are ready." in wide


def test_the_object_of_the_user_is_never_written(world: World) -> None:
    """No finalizer, no annotation, no field but those of the status is ours."""
    metadata = world.ready()["metadata"]

    assert not metadata.keys() & {"finalizers", "annotations", "labels"}
    managers = {each["manager"]: each.get("subresource") for each in metadata["managedFields"]}
    assert managers == {"somebody": None, "microservice-operator/status": "status"}


def test_it_can_be_selected_by_its_version(world: World) -> None:
    """The field is selectable by the server itself."""
    world.apply("one", replicas=0)
    world.apply("two", replicas=0, version="v2")

    names = world.kubectl("get", "msvc", "--field-selector", "spec.version=v2", "-o", "name")

    assert names.split() == ["microservice.microservices.dev/two"]


def test_it_is_scaled_as_a_deployment_is(world: World) -> None:
    """The scale subresource sets the replicas and tells how many there are."""
    world.ready()

    world.kubectl("scale", "msvc/orders", "--replicas=3")

    found = world.await_condition("Ready", "True")
    assert (found["spec"]["replicas"], found["status"]["pods"]) == (3, "3/3")
    assert world.the("deployments")["spec"]["replicas"] == 3
    scale = world.writer.request("GET", world.path("microservices", "orders") + "/scale")
    assert scale["status"]["replicas"] == 3
    pods = world.kubectl("get", "pods", "-l", scale["status"]["selector"], "-o", "name")
    assert len(pods.split()) == 3


def test_a_wait_never_returns_for_the_generation_before(world: World) -> None:
    """Whoever waits right after an apply sees the pods of that very spec."""
    world.ready()
    for number in range(2, 6):
        image = f"registry.example/app:{number}"
        generation = world.apply(image=image)["metadata"]["generation"]

        world.kubectl("wait", "--for=condition=Ready", "--timeout=30s", "msvc/orders")

        assert world.the("microservices")["status"]["observedGeneration"] == generation
        deployment = world.the("deployments")
        assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == image
        assert deployment["status"]["updatedReplicas"] == deployment["status"]["replicas"] == 1


@contextmanager
def _told_at_first(world: World) -> Iterator[None]:
    """What is done here is known to the operator before the garbage collector hears of it.

    A newcomer's events come later through the same watch, and it is applied without controllers.
    """
    controllers, newcomer = "kube-controller-manager", f"{SENTINEL}-newcomer"
    world.cluster.processes.pause(controllers)
    try:
        yield
        world.apply(newcomer, replicas=0)
        world.await_condition("Applied", "True", name=newcomer)
    finally:
        world.cluster.processes.resume(controllers)


@SWITCHED_OFF
def test_what_is_switched_off_is_removed(
    world: World, spec: dict[str, Any], gone: set[str]
) -> None:
    """Nothing is left behind, and what still used it is changed before it goes."""
    world.ready(**EVERYTHING)
    world.settle()
    mark = world.mark()

    world.ready(**_without(spec))

    assert world.children().keys() == set(CHILDREN) - gone
    writes = [each for each in world.writes(mark) if "status" not in each]
    assert writes[0] == "patch deployments"
    assert {each for each in writes if "delete" in each} == {f"delete {kind}" for kind in gone}


@SWITCHED_OFF
def test_what_is_switched_on_again_comes_back(
    world: World, spec: dict[str, Any], gone: set[str]
) -> None:
    """A removed child leaves nothing that stands in the way of the next, as soon as it comes."""
    world.ready(**EVERYTHING)
    before = _uids(world)

    world.ready(**_without(spec))
    # An apply without `ports` would leave the empty list as it is.
    world.ready(**EVERYTHING, ports=[{"name": "http", "port": 80}])

    assert world.children().keys() == set(CHILDREN)
    assert {kind for kind, uid in _uids(world).items() if uid != before[kind]} == gone


# A ConfigMap too many stays until the next rollout, as one that a rollback may need.
@pytest.mark.parametrize("kind", [kind for kind in CHILDREN if kind != "configmaps"])
def test_a_copy_of_a_child_is_removed(world: World, kind: str) -> None:
    """Whoever saves a child under another name copies its owner: it is ours, and not wanted."""
    world.ready(**EVERYTHING)
    child = world.the(kind, named(kind))
    metadata = {key: child["metadata"][key] for key in ("labels", "ownerReferences")}
    spec = {key: value for key, value in child.get("spec", {}).items() if "clusterIP" not in key}

    world.create(kind, {"metadata": {"name": "copy", **metadata}, "spec": spec})

    world.await_end(kind, "copy")
    assert world.the(kind, named(kind))["metadata"]["uid"] == child["metadata"]["uid"]


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_a_deletion_takes_the_children_along(world: World, policy: str) -> None:
    """The garbage collector does it; the operator writes nothing any more."""
    world.ready(**EVERYTHING)
    world.settle()
    mark = world.mark()

    with _told_at_first(world):
        world.delete("microservices", policy=policy)
    wait_until(lambda: not world.children(), "the children to go", 60)
    world.await_end("microservices")
    world.settle()

    assert world.requests(mark) == []


def test_children_that_are_orphaned_stay(world: World) -> None:
    """They keep serving, and the operator asks for nothing and writes nothing."""
    world.ready(**EVERYTHING)
    world.settle()
    before, mark = _uids(world), world.mark()

    with _told_at_first(world):
        world.delete("microservices", policy="Orphan")
    world.await_end("microservices")
    world.settle()

    assert _uids(world) == before
    assert not any(it["metadata"].get("ownerReferences") for it in world.children().values())
    assert world.requests(mark) == []


def test_children_that_are_orphaned_in_a_hurry_stay(world: World) -> None:
    """The collector may take their owner before the operator is told: it looks, and lets go."""
    world.ready(**EVERYTHING)
    world.settle()
    before, mark = _uids(world), world.mark()

    world.delete("microservices", policy="Orphan")
    world.await_end("microservices")
    world.settle()

    assert _uids(world) == before
    assert world.writes(mark) == []
    assert set(world.reads(mark)) <= {"get microservices"}
    # Each that is let go is a reason to look once at each that was let go by then.
    assert len(world.reads(mark)) <= len(before) ** 2


def test_a_name_can_be_used_again_at_once(world: World) -> None:
    """While the children of the first are still there the second waits, then makes its own."""
    first = world.ready(**EVERYTHING)
    before = _uids(world)
    world.delete("microservices")

    second = world.ready(**EVERYTHING)

    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    after = world.children()
    assert after.keys() == before.keys()
    for kind, child in after.items():
        assert child["metadata"]["uid"] != before[kind]
        assert child["metadata"]["ownerReferences"][0]["uid"] == second["metadata"]["uid"]


def test_a_namespace_goes_away_cleanly(world: World) -> None:
    """Nothing holds it up, and nobody hammers on what is closing."""
    for number in range(5):
        world.ready(f"app-{number}", replicas=0)
    world.settle()
    mark = world.mark()

    world.cluster.api.request("DELETE", f"/api/v1/namespaces/{world.namespace}")

    path = f"/api/v1/namespaces/{world.namespace}"
    wait_until(lambda: world.cluster.api.request("GET", path)[0] == 404, "the end of it", 120)
    writes = [each for each in world.requests(mark) if each.verb in WRITES]
    assert len(writes) < 100
    assert world.operator.get("/healthz")[0] == 200


def test_every_change_is_one_line_in_the_log(world: World) -> None:
    """Creation, change and removal each have a line that names the child."""
    world.ready()
    world.ready(ports=[])
    world.settle()

    lines = [json.loads(line) for line in world.operator.log.read_text().splitlines()]
    ours = [
        (line["msg"], line.get("child", ""))
        for line in lines
        if line.get("namespace") == world.namespace
        and line.get("microservice") == "orders"
        and line["level"] != "debug"
    ]
    assert sorted(line for line in ours if line[1]) == [
        ("child created", "Deployment/orders"),
        ("child created", "Service/orders"),
        ("child created", "ServiceAccount/orders"),
        ("child deleted", "Service/orders"),
        ("child updated", "Deployment/orders"),
    ]
    assert condition(world.the("microservices"), "Ready")["status"] == "True"
