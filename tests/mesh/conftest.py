"""Istio on a real node for the whole run, and what must hold after every test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster import StepFailed
from tests.cluster.istio import Mesh
from tests.cluster.node.requirements import missing
from tests.mesh.asking import Outside
from tests.mesh.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
LACKING, READY = pytest.StashKey[str](), pytest.StashKey[str]()

TOLERATED: dict[str, str] = {}
"""What the analysis may say, and why that is no fault."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all tests beside this file, and leave them out where no node can run."""
    chosen = [item for item in items if item.path.is_relative_to(HERE)]
    for item in chosen:
        item.add_marker(pytest.mark.mesh)
    if chosen and (cause := missing()):
        config.stash[LACKING] = cause
        if os.environ.get("REQUIRE_NODE"):
            pytest.exit(f"a real node is required: {cause}", returncode=1)
        for item in chosen:
            item.add_marker(pytest.mark.skip(reason=f"no real node: {cause}"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build where the output is seen and no test's timeout runs."""
    config = session.config
    needed = any(item.get_closest_marker("mesh") for item in session.items)
    if needed and not config.option.collectonly and LACKING not in config.stash:
        with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            try:
                Mesh().build()
            except StepFailed as error:
                pytest.exit(str(error), returncode=1)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the tests stood on, or that they had nothing to stand on."""
    if READY in config.stash:
        terminalreporter.write_line(config.stash[READY])
    if LACKING in config.stash:
        words = f"NOTHING WAS PROVEN WITH REAL TRAFFIC: {config.stash[LACKING]}"
        terminalreporter.write_line(words, red=True, bold=True)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Mesh]:
    """In place of the simulated cluster of all other tests."""
    with Mesh() as running:
        seconds = f"{running.seconds_to_ready:.1f} s"
        pytestconfig.stash[READY] = f"real node with Istio and two gateways ready after {seconds}"
        yield running


@pytest.fixture(scope="session")
def mesh(cluster: Mesh) -> Mesh:
    """One real node with Istio for the whole run."""
    return cluster


@pytest.fixture
def place(mesh: Mesh, namespace: str) -> Place:
    """A fresh namespace whose pods get a proxy."""
    mesh.kubectl("label", "namespace", namespace, "istio-injection=enabled")
    return Place(mesh, namespace)


@pytest.fixture
def ask(mesh: Mesh) -> Outside:
    """Somebody outside the mesh, who asks through its gateways."""
    return Outside(mesh)


@pytest.fixture(autouse=True)
def _sound(mesh: Mesh, namespace: str) -> Iterator[None]:
    """No test writes what a proxy refuses, or what Istio's own analysis objects to."""
    before = mesh.rejects()
    yield
    refused = mesh.rejects() - before
    assert not refused, f"proxies have refused {refused:.0f} configurations"
    said = [found for found in mesh.analysis() if f" {namespace}/" in f" {found['origin']}/"]
    assert not [found for found in said if found["code"] not in TOLERATED]
