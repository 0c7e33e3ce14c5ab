"""Several versions of one app on a real server: their children, their shares, their order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until
from tests.integration.routes import awaited, exposed, host, served
from tests.integration.world import condition, spelled

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

NEW = {"name": "v2", "image": "registry.example/app:2"}
SETTLE = 5
OF_A_VERSION = ("deployments", "services", "destinationrules", "poddisruptionbudgets")


def test_a_version_comes_before_its_share_and_goes_after_it(world: World) -> None:
    """Make before break, in both directions, as the server saw it."""
    limits = {"limits": {"connections": 9}}
    world.ready(resilience=limits)
    begin = world.mark()

    world.apply(resilience=limits, versions=[{**NEW, "replicas": 2, "weight": 10}])
    settling = world.await_condition("Routed", "False", "Settling")
    assert "v2" in condition(settling, "Routed")["message"]
    assert settling["status"]["traffic"] == "v1 100"
    ready = world.await_condition("Ready", "True")

    assert ready["status"]["traffic"] == "v1 90, v2 10"
    assert ready["status"]["pods"] == "1/1"
    assert shares(world) == {"orders": 90, "orders-v2": 10}
    assert all(world.get(kind, "orders-v2") for kind in OF_A_VERSION)
    created = moments(world, begin, "patch destinationrules", "orders-v2")
    routed = moments(world, begin, "patch virtualservices", "orders")
    assert routed[-1] - created[0] >= SETTLE

    middle = world.mark()
    world.apply(resilience=limits)
    world.await_end("virtualservices")
    assert all(world.get(kind, "orders-v2") for kind in OF_A_VERSION)
    for kind in OF_A_VERSION:
        world.await_end(kind, "orders-v2")
    gone = moments(world, middle, "delete virtualservices", "orders")
    ends = {kind: moments(world, middle, f"delete {kind}", "orders-v2")[0] for kind in OF_A_VERSION}
    assert min(ends.values()) - gone[0] >= SETTLE
    assert ends["destinationrules"] <= ends["services"]
    assert "traffic" not in world.the("microservices")["status"]


def test_a_route_goes_to_a_new_version_when_that_has_arrived(world: World) -> None:
    """In one write: until then it leads where it led before."""
    at = host(world)

    def said(version: str, **more: Any) -> Manifest:
        spec = exposed(at, api="/")
        spec["exposure"][0]["routes"][0]["to"] = {"version": version}
        return {**spec, "replicas": 1, **more}

    world.ready(**said("v1"))
    awaited(world, at, "orders.api")
    world.settle()
    mark = world.mark()

    world.apply(**said("v2", versions=[NEW]))
    wait_until(lambda: "orders.api" in _routed(world)["message"], "its route to be told of")
    assert (_routed(world)["status"], _routed(world)["reason"]) == ("False", "Settling")

    world.await_condition("Routed", "True", "Served")
    assert "orders-v2" in str(served(world, at))
    world.settle()
    writes = [each for each in world.writes(mark) if "virtualservices" in each]
    assert writes == ["patch virtualservices"]


def test_a_share_is_shifted_at_once_and_outlives_everything_but_a_word(world: World) -> None:
    """Neither a restart nor the loss of all pods moves a request; a new share has one write."""
    version = {**NEW, "weight": 10}
    world.ready(versions=[version])

    begin = world.mark()
    world.ready(versions=[{**version, "weight": 50}])
    assert shares(world) == {"orders": 50, "orders-v2": 50}
    assert [each for each in world.writes(begin) if "status" not in each] == [
        "patch virtualservices"
    ]

    world.settle()
    begin = world.mark()
    world.process.restart()
    world.settle()
    assert world.requests(begin) == []

    world.apply(versions=[{**version, "weight": 50, "replicas": 0}])
    found = world.await_condition("Routed", "False", "NoPods")
    assert "v2" in condition(found, "Routed")["message"]
    assert found["status"]["traffic"] == "v1 50, v2 50"
    assert shares(world) == {"orders": 50, "orders-v2": 50}


def test_a_removal_is_finished_after_a_restart(world: World) -> None:
    """What was held is let go, though nobody remembers since when."""
    world.ready(versions=[{**NEW, "weight": 10, "config": {"data": {"A": "1"}}}])
    names = [each["metadata"]["name"] for each in world.all("configmaps")]
    [kept] = [name for name in names if name.startswith("orders-v2-")]

    world.apply()
    world.await_end("virtualservices")
    world.process.restart()
    assert world.get("deployments", "orders-v2")

    world.await_end("deployments", "orders-v2")
    world.await_end("configmaps", kept)
    world.await_condition("Ready", "True")


def test_a_version_that_is_not_well_gets_nothing(world: World) -> None:
    """Whatever its share would be: requests stay where they are answered."""
    world.ready()

    crash = {"testbed.example/behaviour": "crash"}
    world.apply(podAnnotations=crash, versions=[{**NEW, "weight": 100}])
    found = world.await_condition("Routed", "False", "Settling")
    assert "Deployment/orders-v2" in condition(found, "Routed")["message"]
    assert shares(world) == {"orders": None}


def test_a_name_belongs_to_whoever_lives_under_it(world: World) -> None:
    """A version and a Microservice of one name: in both directions the first one keeps it."""
    world.ready("orders-v2")
    before = world.the("deployments", "orders-v2")
    world.apply(versions=[NEW])
    taken = world.await_condition("Applied", "False", "NameTaken")
    assert "orders-v2" in condition(taken, "Applied")["message"]
    assert world.the("deployments", "orders-v2")["metadata"]["uid"] == before["metadata"]["uid"]
    assert world.the("deployments", "orders-v2")["spec"] == before["spec"]

    world.delete("microservices", "orders-v2")
    world.await_condition("Ready", "True")
    owner = world.the("deployments", "orders-v2")["metadata"]["ownerReferences"][0]
    assert owner["name"] == "orders"

    world.apply("orders-v2")
    world.await_condition("Applied", "False", "NameTaken", name="orders-v2")
    world.await_condition("Ready", "True")
    world.apply()
    world.await_condition("Ready", "True", name="orders-v2")


def test_an_autoscaler_of_a_version_takes_over_without_losing_a_pod(world: World) -> None:
    """The number that runs is the number that stays; the stable version notices nothing."""
    cpu = {"requests": {"cpu": "100m"}}
    world.ready(resources=cpu, replicas=1, versions=[{**NEW, "replicas": 3}])

    world.apply(resources=cpu, replicas=1, versions=[{**NEW, "scaling": {"min": 2, "max": 5}}])
    scaler = partial(world.get, "horizontalpodautoscalers", "orders-v2")
    wait_until(scaler, "the autoscaler of the version")
    world.await_condition("Applied", "True")

    assert world.the("deployments", "orders-v2")["spec"]["replicas"] == 3
    assert world.the("deployments")["spec"]["replicas"] == 1
    assert world.get("horizontalpodautoscalers", "orders") is None


def shares(world: World) -> dict[str, Any]:
    """The weights of the last route of the mesh, by name of the Service."""
    route: Manifest = world.the("virtualservices")["spec"]["http"][-1]
    return {
        each["destination"]["host"].partition(".")[0]: each.get("weight") for each in route["route"]
    }


def moments(world: World, mark: int, what: str, name: str) -> list[float]:
    """When the operator asked for this of the object of this name."""
    requests = [each for each in world.requests(mark) if spelled(each) == what]
    return [each.received.timestamp() for each in requests if each.name == name]


def _routed(world: World) -> Manifest:
    return condition(world.the("microservices"), "Routed")
