"""Configuration: what a change of it costs, whom it reaches, and what is kept for a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.patches import add, remove, replace
from tests.integration.process import Process
from tests.integration.world import USER, WRITES, spelled
from tests.integration.writer import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cluster import Cluster
    from tests.integration.world import World

KEPT = 3  # old ReplicaSets, as the Deployment says


def maps(world: World, name: str = "orders") -> dict[str, dict[str, Any]]:
    """The ConfigMaps that a Microservice owns, by name."""
    return {
        found["metadata"]["name"]: found
        for found in world.all("configmaps")
        if any(owner["name"] == name for owner in found["metadata"].get("ownerReferences", ()))
    }


def replica_sets(world: World, name: str = "orders") -> list[dict[str, Any]]:
    """The ReplicaSets of a Microservice, the newest first."""
    return sorted(
        (
            found
            for found in world.all("replicasets")
            if found["metadata"]["labels"]["app.kubernetes.io/name"] == name
        ),
        key=lambda found: int(
            found["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        ),
        reverse=True,
    )


def used(workload: dict[str, Any]) -> set[str]:
    """The ConfigMaps that the pods of a Deployment or ReplicaSet take their configuration from."""
    pod = workload["spec"]["template"]["spec"]
    [app] = pod["containers"]
    variables = {each["configMapRef"]["name"] for each in app.get("envFrom", ())}
    files = {each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each}
    return variables | files


def child_writes(world: World, mark: int) -> list[str]:
    """What was written to children since the mark."""
    found = [each for each in world.requests(mark) if each.verb in WRITES and not each.subresource]
    return [spelled(each) for each in found]


def test_a_changed_value_is_a_new_map_and_one_rollout(world: World) -> None:
    """Two writes: the pods learn of it by the name of the map, and the old one stays."""
    world.ready(config={"data": {"LEVEL": "info"}, "files": {"a.yaml": "a"}})
    world.settle()
    before, mark = maps(world), world.mark()

    world.ready(config={"data": {"LEVEL": "debug"}, "files": {"a.yaml": "a"}})
    world.settle()

    assert child_writes(world, mark) == ["patch configmaps", "patch deployments"]
    after = maps(world)
    [new] = after.keys() - before.keys()
    assert before.keys() < after.keys()
    assert (after[new]["data"], after[new]["immutable"]) == ({"LEVEL": "debug"}, True)
    now, then = replica_sets(world)
    assert used(then) == before.keys()
    assert new in used(now)
    assert used(now) - {new} < before.keys()


def test_old_maps_stay_as_long_as_one_can_go_back_to_them(world: World) -> None:
    """Never more than the present one and those of three ReplicaSets, and each of these exists."""
    world.ready(config={"data": {"N": "0"}})

    for number in range(1, 6):
        world.ready(config={"data": {"N": str(number)}})
        world.settle()

        there, history = maps(world), replica_sets(world)
        assert len(there) <= 1 + KEPT
        assert all(used(each) <= there.keys() for each in history[: 1 + KEPT])
    assert sorted(each["data"]["N"] for each in maps(world).values()) == ["2", "3", "4", "5"]


def test_a_way_back_costs_one_write(world: World) -> None:
    """The map of the value before is still there, so that only the Deployment changes."""
    world.ready(config={"data": {"LEVEL": "info"}})
    world.ready(config={"data": {"LEVEL": "debug"}})
    world.settle()
    before, mark = maps(world), world.mark()

    world.ready(config={"data": {"LEVEL": "info"}})
    world.settle()

    assert child_writes(world, mark) == ["patch deployments"]
    assert maps(world).keys() == before.keys()
    assert maps(world)[used(world.the("deployments")).pop()]["data"] == {"LEVEL": "info"}


def test_without_a_configuration_its_maps_go_in_the_end(world: World) -> None:
    """By the same rule: when the last ReplicaSet that used them is history."""
    world.ready(config={"data": {"LEVEL": "info"}, "files": {"a": "a"}})

    world.ready()
    assert len(maps(world)) == 2

    for number in range(KEPT):
        world.ready(image=f"registry.example/other:{number}")
    world.settle()
    assert maps(world) == {}


def test_a_restart_with_old_maps_costs_nothing(world: World) -> None:
    """ReplicaSets are listed once after a rollout, and never to find out where one stands."""
    world.ready(config={"data": {"LEVEL": "info"}})
    world.settle()
    mark = world.mark()
    world.ready(config={"data": {"LEVEL": "debug"}})
    world.settle()
    assert world.reads(mark) == ["list replicasets"]
    mark = world.mark()

    world.process.restart()
    world.settle()

    assert len(maps(world)) == 2
    assert world.requests(mark) == []


def test_reloaded_files_cost_one_write_and_no_pod(world: World) -> None:
    """The map keeps its name; changed variables still replace the pods."""
    config = {"data": {"LEVEL": "info"}, "files": {"a": "1"}, "onChange": "Reload"}
    world.ready(config=config)
    world.settle()
    mark = world.mark()

    world.ready(config={**config, "files": {"a": "2", "b": "3"}})
    world.settle()

    assert child_writes(world, mark) == ["patch configmaps"]
    assert world.the("configmaps", "orders-files")["data"] == {"a": "2", "b": "3"}
    assert len(replica_sets(world)) == 1

    world.ready(config={**config, "files": {"a": "2", "b": "3"}, "data": {"LEVEL": "debug"}})
    assert len(replica_sets(world)) == 2


def test_another_mode_costs_a_rollout_only_where_there_are_files(world: World) -> None:
    """And it can be changed back; what a ReplicaSet still mounts is there."""
    world.ready("plain", config={"data": {"LEVEL": "info"}})
    world.ready("files", config={"files": {"a": "1"}})
    for mode in ("Reload", "Rollout"):
        world.ready("plain", config={"data": {"LEVEL": "info"}, "onChange": mode})
        world.ready("files", config={"files": {"a": "1"}, "onChange": mode})

    assert len(replica_sets(world, "plain")) == 1
    now, then = replica_sets(world, "files")  # the first is the third
    assert (used(now) | used(then)) == maps(world, "files").keys()
    assert used(then) == {"files-files"}


def test_a_map_that_never_changes_keeps_its_marks(world: World) -> None:
    """The server itself refuses other content; its labels and its existence come back."""
    world.ready(replicas=0, config={"data": {"LEVEL": "info"}})
    [(name, before)] = maps(world).items()
    for operations in (replace("/data/LEVEL", "evil"), replace("/immutable", value=False)):
        with pytest.raises(Refused):
            world.patch("configmaps", operations, name=name)

    world.patch("configmaps", remove("/metadata/labels"), name=name)
    label = before["metadata"]["labels"]
    world.await_object("configmaps", lambda it: it["metadata"].get("labels") == label, name)
    world.delete("configmaps", name)

    again = world.await_object("configmaps", bool, name)
    assert (again["data"], again["immutable"]) == ({"LEVEL": "info"}, True)
    world.await_condition("Ready", "True")


def test_a_map_that_was_made_immutable_is_made_again(world: World) -> None:
    """Nothing else can be done for it; its content and its freedom return, and somebody is told."""
    spec = {"replicas": 0, "config": {"files": {"a": "1"}, "onChange": "Reload"}}
    before = world.ready(**spec) and world.the("configmaps", "orders-files")
    damage = [*replace("/data/a", "evil"), *add("/immutable", value=True)]
    world.patch("configmaps", damage, name="orders-files", manager="kubectl-patch")

    again = world.await_object(
        "configmaps", lambda it: it["metadata"]["uid"] != before["metadata"]["uid"], "orders-files"
    )

    assert (again["data"], again.get("immutable")) == ({"a": "1"}, None)
    world.await_condition("Ready", "True")
    world.settle()
    [told] = world.notes("DriftRepaired")
    assert "data.a" in told
    assert "changed by kubectl-patch" in told


def test_any_text_reaches_the_pods(world: World) -> None:
    """Also what the server would read otherwise in an apply than in JSON."""
    text = "Shop \U0001f6d2 \u2028\u0085\ufeff\x7f 'a': {b}"
    spec = {"config": {"data": {"GREETING": text}}, "about": {"description": text}}

    world.ready(replicas=0, env=[{"name": "GREETING", "value": text}], **spec)

    [found] = maps(world).values()
    deployment = world.the("deployments")
    assert found["data"]["GREETING"] == text
    assert deployment["metadata"]["annotations"]["microservices.dev/description"] == text
    variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "GREETING", "value": text} in variables


def test_the_platforms_environment_decides(
    spare: Cluster, tmp_path: Path, spare_world: Callable[..., World]
) -> None:
    """What stands under its name wins; other environments do not count."""
    settings = tmp_path / "settings.yaml"
    settings.write_text("environment: prod")
    credentials = spare.kubeconfig_for(USER, ["system:masters"])
    with Process(credentials, tmp_path / "log", (f"--settings={settings}",)) as process:
        world = spare_world("production", process)
        prod = {"data": {"LEVEL": "warning"}, "files": {"a": "prod"}}
        environments = {"prod": prod, "test": {"data": {"LEVEL": "debug", "TEST": "1"}}}

        world.ready(config={"data": {"LEVEL": "info", "A": "b"}, "environments": environments})

        contents = [found["data"] for found in maps(world).values()]
        assert sorted(contents, key=len) == [{"a": "prod"}, {"LEVEL": "warning", "A": "b"}]
