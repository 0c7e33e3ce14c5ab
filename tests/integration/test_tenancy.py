"""What the platform keeps from Microservices: refused before anything of it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.patches import replace
from tests.integration.process import Process
from tests.integration.world import condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.world import Manifest, World

ANYTHING = {"serviceAccounts": "Any"}
NOTHING: dict[str, Any] = {"secrets": [], "tolerations": [], "priorityClasses": []}
EVERY_TAINT = {"placement": {"tolerations": [{"operator": "Exists"}]}}
FORBIDDEN: dict[str, dict[str, Any]] = {
    "spec.serviceAccountName": {
        "serviceAccountName": "deployer",
        "serviceAccountToken": "Mounted",
    },
    "spec.sidecars[0].envFrom[0].secretRef": {
        "sidecars": [{"name": "a", "image": "a", "envFrom": [{"secretRef": {"name": "admin"}}]}]
    },
    "spec.placement.tolerations[0]": EVERY_TAINT,
    "spec.placement.priorityClassName": {
        "placement": {"priorityClassName": "system-node-critical"}
    },
}


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[dict[str, Any]], None]:
    """Writes the administrator's file: now, and again while the operator runs."""

    def write(tenancy: dict[str, Any]) -> None:
        (tmp_path / "new").write_text(json.dumps({"tenancy": tenancy}))
        (tmp_path / "new").rename(tmp_path / "settings.yaml")

    write(NOTHING)
    return write


@pytest.fixture
def process(
    spare_credentials: Path,
    tmp_path: Path,
    settings: Callable[..., None],  # noqa: ARG001  the file is there
) -> Iterator[Process]:
    """An operator with this file, which allows nothing at first."""
    options = (f"--settings={tmp_path / 'settings.yaml'}",)
    with Process(spare_credentials, tmp_path / "operator.log", options) as process:
        yield process
        assert "Traceback" not in process.log.read_text()


def _await_forbidden(world: World, where: str) -> Manifest:
    found = world.await_condition("Applied", "False", "Forbidden")
    message = condition(found, "Ready")["message"]
    assert message.startswith(f"{where}: must not be '")
    assert "the platform's settings (`tenancy." in message
    assert condition(found, "Stalled")["reason"] == "Forbidden"
    return found


def _versions(world: World) -> dict[str, str]:
    return {kind: it["metadata"]["resourceVersion"] for kind, it in world.children().items()}


@pytest.mark.parametrize("mode", ["Apply", "Plan"])
def test_a_new_app_that_is_forbidden_gets_nothing(
    process: Process, spare_world: Callable[..., World], mode: str
) -> None:
    """Neither a child nor a plan; the status and an Event say why, and it can be mended."""
    world = spare_world(f"tenancy-new-{mode.lower()}", process)
    mark = world.mark()

    for where, spec in FORBIDDEN.items():
        world.apply(mode=mode, **spec)
        found = _await_forbidden(world, where)
        assert "plan" not in found["status"]

    world.settle()
    assert world.children() == {}
    assert set(world.writes(mark)) == {"patch microservices/status"}
    assert world.reads(mark) == []
    assert any("must not be 'deployer'" in note for note in world.notes("Forbidden"))
    world.ready()


def test_a_forbidden_change_stops_nothing_that_runs(
    process: Process, spare_world: Callable[..., World]
) -> None:
    """The version before still serves, whole; what was allowed before is not asked again."""
    world = spare_world("tenancy-change", process)
    world.ready()
    before, mark = _versions(world), world.mark()

    for where, spec in FORBIDDEN.items():
        world.apply(image="registry.example/app:2", **spec)
        found = _await_forbidden(world, where)
        assert condition(found, "Available")["status"] == "True"
        assert (found["status"]["version"], found["status"]["pods"]) == ("v1", "1/1")

    world.settle()
    assert _versions(world) == before
    assert set(world.writes(mark)) == {"patch microservices/status"}
    world.ready(image="registry.example/app:2")
    [container] = world.the("deployments")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example/app:2"


def test_other_settings_forbid_what_runs_and_leave_it_running(
    process: Process, spare_world: Callable[..., World], settings: Callable[..., None]
) -> None:
    """Nobody is evicted by a line in a file; damage waits until it is allowed again."""
    world = spare_world("tenancy-settings", process)
    settings(ANYTHING)
    world.ready(**EVERY_TAINT)
    world.settle()
    before, mark = _versions(world), world.mark()

    settings(NOTHING)
    found = _await_forbidden(world, "spec.placement.tolerations[0]")
    assert condition(found, "Available")["status"] == "True"
    world.settle()
    assert _versions(world) == before
    world.patch("services", replace("/spec/ports/0/targetPort", 1))
    world.settle()
    assert world.the("services")["spec"]["ports"][0]["targetPort"] == 1
    assert set(world.writes(mark)) == {"patch microservices/status"}

    settings({"tolerations": [{"operator": "Exists"}]})
    world.await_condition("Ready", "True")
    assert world.the("services")["spec"]["ports"][0]["targetPort"] != 1
    assert _versions(world)["deployments"] == before["deployments"]
