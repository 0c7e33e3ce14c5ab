"""Specs that cannot be honoured: nothing is written but the status, and what runs goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tests.cluster.definitions import OURS
from tests.integration.process import Process
from tests.integration.world import condition
from tests.integration.writer import MERGE_PATCH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.world import Manifest, World

DEFINITION = (
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/microservices.microservices.dev"
)
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
SETTINGS = {"defaults": {"ports": [], "resources": {"limits": {"memory": "64Mi"}}}}
WRONG: dict[str, object] = {
    "number": {"image": 5},
    "nothing": {},
    "list": {"image": "app", "ports": {"http": 80}},
    "bound": {"image": "app", "replicas": 10**9},
    "null": {"image": None},
}


def _await_invalid(world: World, name: str) -> Manifest:
    found = world.await_condition("Applied", "False", "Invalid", name=name)
    assert condition(found, "Stalled")["reason"] == "Invalid"
    assert condition(found, "Ready")["status"] == "False"
    return found


def test_defaults_that_make_a_spec_invalid_stop_nothing_that_runs(
    spare_credentials: Path, tmp_path: Path, spare_world: Callable[..., World]
) -> None:
    """The condition names the defaults; a spec that they suit gets them."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS))
    with Process(spare_credentials, tmp_path / "before.log") as before:
        world = spare_world("defaults", before)
        world.ready(health={"path": "/healthz"})
        children = world.children()
        world.settle()
    mark = world.mark()

    with Process(spare_credentials, tmp_path / "log", (f"--settings={settings}",)) as process:
        found = _await_invalid(world, "orders")
        assert "together with the platform's defaults" in condition(found, "Ready")["message"]
        assert found["status"]["readyReplicas"] == 1
        assert condition(found, "Available")["status"] == "True"
        assert set(world.writes(mark)) == {"patch microservices/status"}
        after = world.children()
        assert {k: v["metadata"]["uid"] for k, v in after.items()} == {
            k: v["metadata"]["uid"] for k, v in children.items()
        }

        world.ready("suited")
        container = world.the("deployments", "suited")["spec"]["template"]["spec"]["containers"][0]
        assert container["resources"]["limits"] == {"memory": "64Mi"}
        assert "services" not in world.children("suited")
        assert process.running


def test_specs_from_before_the_rules_are_refused_one_by_one(
    spare_operator: Process, spare_world: Callable[..., World]
) -> None:
    """What an older definition let in gets a condition and no child, and hurts nobody else."""
    world = spare_world("legacy", spare_operator)
    definition = yaml.safe_load(OURS.read_text())
    [version] = definition["spec"]["versions"]
    loose = {**version["schema"]["openAPIV3Schema"], "x-kubernetes-validations": []}
    loose = {**loose, "properties": {**loose["properties"], "spec": ANYTHING}}
    _set_schema(world, {**version, "schema": {"openAPIV3Schema": loose}, "selectableFields": []})
    mark = world.mark()
    try:
        for name, spec in WRONG.items():
            _create_loosely(world, name, spec)
    finally:
        _set_schema(world, version)

    world.ready(replicas=0)
    for name in WRONG:
        found = _await_invalid(world, name)
        assert "spec" in condition(found, "Ready")["message"]
        assert world.children(name) == {}
    written = {r.name for r in world.requests(mark) if not r.subresource}
    assert written == {"orders"}


def _set_schema(world: World, version: Manifest) -> None:
    world.writer.request(
        "PATCH", DEFINITION, {"spec": {"versions": [version]}}, content=MERGE_PATCH
    )


def _create_loosely(world: World, name: str, spec: object) -> None:
    """The server takes a moment to learn a new schema."""
    manifest = {
        "apiVersion": "microservices.dev/v1alpha1",
        "kind": "Microservice",
        "metadata": {"name": name},
        "spec": spec,
    }
    world.eventually(lambda: _created(world, manifest), f"{name} to be let in")


def _created(world: World, manifest: Manifest) -> Manifest | None:
    code, answer = world.cluster.api.request("POST", world.path("microservices"), manifest)
    return answer if code == 201 else None
