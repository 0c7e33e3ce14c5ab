"""The settings file while the operator runs: a change is taken up, a mistake changes nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.process import Process
from tests.integration.world import USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster import Cluster
    from tests.integration.world import World

GRACE, OTHER_GRACE = (
    f"defaults: {{health: {{shutdown: {{drain: 5s, grace: {seconds}s}}}}}}" for seconds in (40, 50)
)
BY_HAND: dict[str, Any] = {"health": {"shutdown": {"drain": "5s", "grace": "60s"}}}


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A folder as kubelet makes it of a ConfigMap."""
    folder = tmp_path / "volume"
    folder.mkdir()
    (folder / "settings.yaml").symlink_to("..data/settings.yaml")
    return folder


def _mount(volume: Path, name: str, content: str) -> None:
    """Put other content there, as kubelet does: a new folder, and the swap of a link."""
    (volume / name).mkdir()
    (volume / name / "settings.yaml").write_text(content)
    (volume / "..data_tmp").symlink_to(name)
    (volume / "..data_tmp").rename(volume / "..data")


@pytest.fixture
def process(spare: Cluster, tmp_path: Path, volume: Path) -> Iterator[Process]:
    """An operator with this file."""
    _mount(volume, "first", GRACE)
    options = (f"--settings={volume / 'settings.yaml'}", "--log-format=json")
    credentials = spare.kubeconfig_for(USER, ["system:masters"])
    with Process(credentials, tmp_path / "operator.log", options) as process:
        yield process
        assert process.running
        assert "Traceback" not in process.log.read_text()


def _grace(world: World, name: str) -> int:
    seconds: int = world.the("deployments", name)["spec"]["template"]["spec"][
        "terminationGracePeriodSeconds"
    ]
    return seconds


def _valid(process: Process) -> str:
    lines = process.get("/metrics")[1].splitlines()
    return next(line for line in lines if line.startswith("microservice_settings_valid ")).split()[
        1
    ]


def _logged(process: Process, words: str) -> int:
    return process.log.read_text().count(words)


def test_exactly_those_that_it_concerns_follow(
    process: Process, volume: Path, spare_world: Callable[..., World]
) -> None:
    """Who says it in the spec is not touched; who leaves it to the platform rolls, once."""
    world = spare_world("settings-follow", process)
    world.ready("orders", replicas=0)
    world.ready("payments", replicas=0, **BY_HAND)
    world.settle()
    assert (_grace(world, "orders"), _grace(world, "payments")) == (40, 60)
    mark = world.mark()

    _mount(volume, "second", OTHER_GRACE)
    wait_until(lambda: _grace(world, "orders") == 50, "the new default to hold")
    world.settle()

    writes = [(r.verb, r.resource, r.name) for r in world.requests(mark) if not r.subresource]
    assert writes == [("patch", "deployments", "orders")]
    assert world.notes("DriftRepaired") == []


def test_a_new_child_by_default_is_nobodys_drift(
    process: Process, volume: Path, spare_world: Callable[..., World]
) -> None:
    """It was missing because nobody wanted it, not because somebody took it away."""
    world = spare_world("settings-child", process)
    world.ready(replicas=0)
    world.settle()

    _mount(volume, "second", "defaults: {availability: {maxUnavailable: 1}}")
    world.await_object("poddisruptionbudgets", bool)
    world.settle()

    assert world.notes("DriftRepaired") == []


def test_what_means_the_same_costs_nothing(
    process: Process, volume: Path, spare_world: Callable[..., World]
) -> None:
    """A comment is no setting; nor is a default that nobody is left to need."""
    world = spare_world("settings-same", process)
    world.ready(replicas=0, **BY_HAND)
    world.settle()
    mark = world.mark()

    _mount(volume, "second", f"# a word of explanation\n{GRACE}")
    _mount(volume, "third", OTHER_GRACE)
    wait_until(lambda: _logged(process, "settings taken") == 1, "the change to be taken up")
    world.settle()

    assert world.requests(mark) == []


def test_a_mistake_is_told_and_changes_nothing(
    process: Process, volume: Path, spare_world: Callable[..., World]
) -> None:
    """In the metric, the log and an Event; new apps get the settings before it as well."""
    world = spare_world("settings-wrong", process)
    world.ready(replicas=0)
    world.settle()
    mark = world.mark()

    _mount(volume, "second", "defaults: {replicas: many}")
    wait_until(lambda: _valid(process) == "0.0", "the mistake to be noticed")
    world.ready("payments", replicas=0)
    world.settle()

    assert _grace(world, "payments") == 40
    assert [r for r in world.requests(mark) if r.name == "orders"] == []
    assert _logged(process, "settings refused") == 1
    of_it = partial(_events, world, "replicas")
    [(regarding, note)] = wait_until(of_it, "the Event")
    assert regarding == ("Namespace", "default")
    assert "stay in force" in note

    _mount(volume, "third", OTHER_GRACE)
    wait_until(lambda: _grace(world, "orders") == 50, "the mended settings to hold")
    assert _valid(process) == "1.0"


def test_a_file_that_goes_away_is_told_and_survived(
    process: Process, volume: Path, spare_world: Callable[..., World]
) -> None:
    """The settings before it stay; when the file is back, its content counts."""
    world = spare_world("settings-missing", process)
    world.ready(replicas=0)
    world.settle()
    mark = world.mark()

    (volume / "..data").unlink()
    wait_until(lambda: _valid(process) == "0.0", "the loss to be noticed")
    world.settle()
    assert world.requests(mark) == []
    _mount(volume, "second", OTHER_GRACE)

    wait_until(lambda: _grace(world, "orders") == 50, "the settings to hold")
    assert _valid(process) == "1.0"


def _events(world: World, word: str) -> list[tuple[tuple[str, str], str]]:
    """Of which objects Events tell of a mistake with this word in it, and how."""
    path = "/apis/events.k8s.io/v1/namespaces/default/events"
    return [
        ((event["regarding"]["kind"], event["regarding"]["name"]), event["note"])
        for event in world.writer.request("GET", path)["items"]
        if event["reason"] == "SettingsInvalid" and word in event["note"]
    ]
