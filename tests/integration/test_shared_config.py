"""Shared ConfigMaps: one edit reaches all who use it, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until
from tests.integration.patches import add, replace
from tests.integration.test_config import child_writes, maps, replica_sets, used
from tests.integration.world import condition

if TYPE_CHECKING:
    from tests.integration.world import Manifest, World

LABEL = {"microservices.dev/shared-config": "true"}
SERVICES = 10


def share(world: World, name: str, **data: str) -> None:
    """Create a ConfigMap that carries the label."""
    world.create("configmaps", {"metadata": {"name": name, "labels": LABEL}, "data": data})


def _has_a_pod(deployment: Manifest) -> bool:
    return bool(deployment.get("status", {}).get("availableReplicas") == 1)


def variables(world: World, name: str = "orders") -> dict[str, Any]:
    """What the pods of the newest ReplicaSet get."""
    [config] = used(world.the("deployments", name))
    found: dict[str, Any] = world.the("configmaps", config)["data"]
    return found


def test_one_edit_reaches_exactly_those_who_use_it(world: World) -> None:
    """Each of them costs two writes and rolls once; of the others nobody is asked for anything."""
    share(world, "even", EVEN="0")
    share(world, "odd", ODD="1")
    names = [f"app-{number}" for number in range(SERVICES)]
    for number, name in enumerate(names):
        shared = [["even"], ["odd"], ["even", "odd"], []][number % 4]
        world.apply(name, config={"shared": shared, "data": {"NAME": name}})
    for name in names:
        world.await_condition("Ready", "True", name=name)
    world.settle()
    mark = world.mark()

    world.patch("configmaps", replace("/data/EVEN", "2"), name="even")
    users = [name for number, name in enumerate(names) if number % 4 in {0, 2}]
    wait_until(lambda: all(len(replica_sets(world, name)) == 2 for name in users), "the rollouts")
    for name in users:
        world.await_condition("Ready", "True", name=name)
    world.settle()

    writes = ["patch configmaps", "patch deployments"]
    assert sorted(child_writes(world, mark)) == sorted(writes * len(users))
    assert all(variables(world, name)["EVEN"] == "2" for name in users)
    asked = {request.name.partition("-config-")[0] for request in world.requests(mark)} - {""}
    assert asked <= set(users)
    for name in set(names) - set(users):
        assert len(replica_sets(world, name)) == 1


def test_what_others_write_about_a_shared_map_costs_nothing(world: World) -> None:
    """Only its data count."""
    share(world, "settings", REGION="eu")
    world.ready(config={"shared": ["settings"]})
    world.settle()
    mark = world.mark()

    world.patch("configmaps", add("/metadata/labels/team", "shop"), name="settings")
    world.patch("configmaps", add("/metadata/annotations", {"a": "b"}), name="settings")
    world.settle()

    assert world.requests(mark) == []


def test_the_later_map_wins_and_data_wins_over_both(world: World) -> None:
    """As the spec lists them, from the lowest to the highest."""
    share(world, "first", A="1", B="1", C="1")
    share(world, "second", B="2", C="2")

    world.ready(config={"shared": ["first", "second"], "data": {"C": "3"}})

    assert variables(world) == {"A": "1", "B": "2", "C": "3"}


def test_a_missing_map_holds_up_what_depends_on_it_and_nothing_else(world: World) -> None:
    """The condition names the map and the label; with the label everything comes at once."""
    world.create("configmaps", {"metadata": {"name": "settings"}, "data": {"REGION": "eu"}})
    world.apply(config={"shared": ["settings"]})

    found = world.await_condition("Applied", "False", "ConfigMissing")

    message = condition(found, "Ready")["message"]
    for part in ("ConfigMap/settings", world.namespace, 'microservices.dev/shared-config: "true"'):
        assert part in message
    assert condition(found, "Stalled")["reason"] == "ConfigMissing"
    assert world.children().keys() == {"serviceaccounts", "services"}
    assert maps(world) == {}
    world.patch("configmaps", add("/metadata/labels", LABEL), name="settings")
    world.await_condition("Ready", "True")
    assert variables(world) == {"REGION": "eu"}


def test_the_last_good_configuration_stays_while_a_map_is_missing(world: World) -> None:
    """What the map held last stays in use, everything else follows the spec, and it heals."""
    share(world, "settings", REGION="eu")
    world.ready(config={"shared": ["settings"]})
    world.settle()
    deployment, config = world.the("deployments"), maps(world)
    uid = deployment["metadata"]["uid"]
    world.delete("configmaps", "settings")
    world.await_condition("Applied", "False", "ConfigMissing")

    ports = [{"name": "web", "port": 81}]
    world.apply(config={"shared": ["settings"]}, ports=ports, image="registry.example/app:2")
    world.await_object("services", lambda it: it["spec"]["ports"][0]["port"] == 81)
    found = world.await_condition("Applied", "False", "ConfigMissing")

    [was], [now] = (
        each["spec"]["template"]["spec"]["containers"]
        for each in (deployment, world.the("deployments"))
    )
    assert (now["image"], now["envFrom"]) == ("registry.example/app:2", was["envFrom"])
    assert maps(world) == config
    world.delete("deployments")
    world.await_object("deployments", lambda it: it["metadata"]["uid"] != uid and _has_a_pod(it))
    world.await_condition("Available", "True")
    assert found["status"]["version"] == "v1"
    world.settle()
    mark = world.mark()
    world.process.restart()
    world.settle()
    assert world.requests(mark) == []

    share(world, "settings", REGION="eu")
    world.await_condition("Ready", "True")
    assert variables(world) == {"REGION": "eu"}
    assert maps(world) == config
