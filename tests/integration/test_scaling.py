"""The number of pods passes from the spec to an autoscaler and back, and no pod is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.patches import add, replace
from tests.integration.revisions import Record
from tests.integration.world import condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.world import Manifest, World

HPA = "horizontalpodautoscalers"
OURS, BETWEEN = "microservice-operator", "microservice-operator/handover"
RESOURCES = {"requests": {"cpu": "100m"}}
SCALED: dict[str, Any] = {"resources": RESOURCES, "scaling": {"min": 2, "max": 10}}


@pytest.fixture
def recorded(world: World) -> Iterator[Callable[[], list[int]]]:
    """How many pods each revision of the Deployment has asked for since the test began."""
    record = Record(world.cluster, world.path("deployments"))
    record.start()

    def counts() -> list[int]:
        return [
            each["spec"]["replicas"]
            for each in record.end()
            if each["metadata"]["name"] == "orders"
        ]

    yield counts
    record.end()


def _replicas(world: World) -> int:
    replicas: int = world.the("deployments")["spec"]["replicas"]
    return replicas


def _holders(world: World) -> set[str]:
    """Who owns the number of pods."""
    return {
        entry["manager"]
        for entry in world.the("deployments")["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    }


def _rollouts(world: World) -> int:
    """How many pod templates there have been."""
    return sum(each["metadata"]["name"].startswith("orders-") for each in world.all("replicasets"))


def _children(world: World, mark: int) -> list[str]:
    """Its writes to children."""
    return sorted(each for each in world.writes(mark) if "status" not in each)


def _image(world: World) -> str:
    image: str = world.the("deployments")["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


def _of(deployment: Manifest) -> tuple[int, int]:
    """How many pods, and how many ports of the container."""
    spec = deployment["spec"]
    return spec["replicas"], len(spec["template"]["spec"]["containers"][0]["ports"])


def _pods(found: Manifest) -> str:
    """What the status says of the pods."""
    pods: str = found["status"].get("pods", "")
    return pods


def _settled(world: World) -> None:
    """A second look, at a new autoscaler that has found no metrics, costs nothing."""
    world.await_condition("Autoscaled", "False", "MetricsMissing")
    world.settle()
    mark = world.mark()
    for kind in ("deployments", HPA):
        world.patch(kind, add("/metadata/labels/looked", "yes"), manager="gitops")
    world.process.restart()
    world.settle()
    assert world.requests(mark) == []


def test_an_autoscaler_appears_as_asked_and_settles(world: World) -> None:
    """What the server makes of it is taken for what was meant."""
    world.ready(**SCALED)

    spec = world.the(HPA)["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert spec["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "orders",
    }
    [metric] = spec["metrics"]
    target = {"type": "Utilization", "averageUtilization": 80}
    assert metric["containerResource"] == {"name": "cpu", "container": "app", "target": target}
    assert world.the("poddisruptionbudgets")["spec"]["maxUnavailable"] == 1
    _settled(world)


@pytest.mark.parametrize(("fewest", "handovers"), [(1, 0), (3, 1)])
def test_a_new_app_begins_with_the_fewest_pods(
    world: World, recorded: Callable[[], list[int]], fewest: int, handovers: int
) -> None:
    """One write for each child, and one more for the pods beyond the first."""
    mark = world.mark()

    world.ready(resources=RESOURCES, scaling={"min": fewest})
    world.settle()

    kinds = ["deployments", HPA, "poddisruptionbudgets", "serviceaccounts", "services"]
    writes = [f"patch {kind}" for kind in [*kinds, *["deployments"] * handovers]]
    assert _children(world, mark) == sorted(writes)
    assert world.reads(mark) == []
    assert recorded()[-1] == _replicas(world) == fewest
    assert _rollouts(world) == 1


def test_switched_on_no_pod_is_lost(world: World, recorded: Callable[[], list[int]]) -> None:
    """The number stays, and from then on every change is one write again."""
    world.ready(replicas=3, resources=RESOURCES)
    world.settle()
    mark = world.mark()

    world.ready(**SCALED)

    assert _children(world, mark) == sorted([f"patch {HPA}", *["patch deployments"] * 2])
    assert _replicas(world) == 3
    assert _holders(world) == {BETWEEN}
    assert _rollouts(world) == 1
    _settled(world)
    mark = world.mark()
    world.ready(**SCALED, image="registry.example/app:2")
    assert _children(world, mark) == ["patch deployments"]
    assert _holders(world) == {BETWEEN}
    assert min(recorded()[1:]) == 3


def test_switched_on_with_another_image_no_pod_is_lost(
    world: World, recorded: Callable[[], list[int]]
) -> None:
    """One edit may do both."""
    world.ready(replicas=3, resources=RESOURCES)

    world.ready(**SCALED, image="registry.example/app:2")
    world.settle()

    assert _image(world) == "registry.example/app:2"
    assert _holders(world) == {BETWEEN}
    assert min(recorded()[1:]) == _replicas(world) == 3


@pytest.mark.parametrize("forgotten", [True, False], ids=["repaired", "under repair"])
def test_a_repair_does_not_stand_in_the_way(
    world: World, recorded: Callable[[], list[int]], *, forgotten: bool
) -> None:
    """A number that a patch brought back is let go as well, even by the patch itself."""
    world.ready(replicas=3, resources=RESOURCES)
    ports = add("/spec/template/spec/containers/0/ports/-", {"containerPort": 9})
    scaled_up = [*replace("/spec/replicas", 4), *ports]
    if forgotten:
        world.patch("deployments", scaled_up)
        world.await_object("deployments", lambda it: _of(it) == (3, 1))
        world.settle()
        world.ready(**SCALED)
    else:
        world.process.kill()
        try:
            world.patch("deployments", ports)
            world.apply(**SCALED)
        finally:
            world.process.restart()

    world.await_object(HPA, lambda it: it)
    world.await_object("deployments", lambda it: _of(it) == (3, 1))
    world.await_condition("Ready", "True")
    world.settle()

    assert OURS not in _holders(world)
    counts = recorded()
    assert min(counts[counts.index(3) :]) == 3
    mark = world.mark()
    world.ready(**SCALED, image="registry.example/app:2")
    assert _children(world, mark) == ["patch deployments"]


def test_from_zero_the_fewest_pods_come_up(world: World) -> None:
    """An autoscaler alone would leave it at nothing for ever."""
    world.ready(replicas=0, resources=RESOURCES)

    world.ready(**SCALED)

    world.await_object("deployments", lambda it: it["spec"]["replicas"] == 2)
    assert _holders(world) == {BETWEEN}


def test_other_bounds_are_the_autoscalers_business(world: World) -> None:
    """The Deployment is not written, and the autoscaler moves its pods."""
    world.ready(**SCALED)
    world.settle()
    mark = world.mark()

    world.apply(resources=RESOURCES, scaling={"min": 4, "max": 5})

    world.await_object("deployments", lambda it: it["spec"]["replicas"] == 4)
    world.await_condition("Ready", "True")
    world.settle()
    assert _children(world, mark) == [f"patch {HPA}"]
    assert OURS not in _holders(world)


def test_pods_that_come_by_hand_are_not_ours_to_remove(world: World) -> None:
    """The number is the autoscaler's, who leaves it alone within the bounds."""
    world.ready(**SCALED)
    mark = world.mark()

    world.kubectl("scale", "deployment/orders", "--replicas=5")

    world.await_object("microservices", lambda it: _pods(it) == "5/5")
    world.settle()
    assert _children(world, mark) == []
    assert world.notes("DriftRepaired") == []


def test_back_to_a_number_the_autoscaler_goes(world: World) -> None:
    """The number is ours again, and defended."""
    world.ready(**SCALED)
    world.kubectl("scale", "deployment/orders", "--replicas=5")
    world.settle()
    mark = world.mark()

    world.ready(replicas=3, resources=RESOURCES)

    world.await_end(HPA)
    assert _children(world, mark) == [f"delete {HPA}", "patch deployments"]
    assert _replicas(world) == 3
    assert OURS in _holders(world)
    assert condition(world.the("microservices"), "Autoscaled") == {}
    world.kubectl("scale", "deployment/orders", "--replicas=7")
    world.await_object("deployments", lambda it: it["spec"]["replicas"] == 3)


def test_there_and_back_and_there_again(world: World, recorded: Callable[[], list[int]]) -> None:
    """Whoever held the number before, it never drops."""
    world.ready(replicas=3, resources=RESOURCES)
    for _ in range(2):
        world.ready(**SCALED)
        world.ready(replicas=3, resources=RESOURCES)
    world.settle()

    assert min(recorded()[1:]) == _replicas(world) == 3
    assert _rollouts(world) == 1


def test_without_metrics_the_status_says_so(world: World) -> None:
    """There is no metrics server here; the app is Ready all the same, and nothing churns."""
    record = Record(world.cluster, world.path("microservices"))
    record.start()
    world.ready(**SCALED, replicas=7)

    found = world.await_condition("Autoscaled", "False", "MetricsMissing")

    assert (
        "HorizontalPodAutoscaler/orders keeps between 2 and 10 pods. "
        "`replicas` is ignored beside `scaling`."
    ) in [condition(each, "Autoscaled").get("message") for each in record.end()]
    assert condition(found, "Ready")["status"] == "True"
    assert "FailedGetContainerResourceMetric" in condition(found, "Autoscaled")["message"]


def test_a_percentage_of_nothing_is_told_with_the_field_to_give(world: World) -> None:
    """The autoscaler would be blind for ever."""
    world.apply(scaling={})

    found = world.await_condition("Applied", "False", "Invalid")

    assert "spec.resources.requests.cpu: must be given" in condition(found, "Applied")["message"]
    assert world.get(HPA, "orders") is None
