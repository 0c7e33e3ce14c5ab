"""A real node for the whole run, and the loud word when there could be none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster import Node, StepFailed, wait_until
from tests.cluster.images import operator as image
from tests.cluster.node.requirements import missing
from tests.cluster.operator import Operator
from tests.cluster.paths import ROOT
from tests.e2e.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "microservice-operator"
HERE = Path(__file__).parent
CRDS = ROOT / "crds" / "microservices.yaml"
MICROSERVICES = "/apis/microservices.dev/v1alpha1/microservices"
LACKING = pytest.StashKey[str]()
READY = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all tests beside this file, and leave them out where no node can run."""
    chosen = [item for item in items if item.path.is_relative_to(HERE)]
    for item in chosen:
        item.add_marker(pytest.mark.node)
    if chosen and (cause := missing()):
        config.stash[LACKING] = cause
        if os.environ.get("REQUIRE_NODE"):
            pytest.exit(f"a real node is required: {cause}", returncode=1)
        for item in chosen:
            item.add_marker(pytest.mark.skip(reason=f"no real node: {cause}"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build where the output is seen and no test's timeout runs."""
    needed = any(item.get_closest_marker("node") for item in session.items)
    config = session.config
    if needed and not config.option.collectonly and LACKING not in config.stash:
        with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            try:
                Node().build()
                if any(_uses_operator_image(item) for item in session.items):
                    image.operator()
            except StepFailed as error:
                pytest.exit(str(error), returncode=1)


def _uses_operator_image(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "operator_image" in item.fixturenames


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the tests stood on, or that they had nothing to stand on."""
    if READY in config.stash:
        terminalreporter.write_line(config.stash[READY])
    if LACKING in config.stash:
        words = f"NOTHING WAS PROVEN ON A REAL NODE: {config.stash[LACKING]}"
        terminalreporter.write_line(words, red=True, bold=True)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Node]:
    """In place of the simulated cluster of all other tests."""
    with Node() as running:
        pytestconfig.stash[READY] = f"real node ready after {running.seconds_to_ready:.1f} s"
        running.apply(CRDS.read_text())
        wait_until(lambda: running.api.request("GET", MICROSERVICES)[0] == 200, "the CRD")
        yield running


@pytest.fixture(scope="session")
def node(cluster: Node) -> Node:
    """One real node for the whole run, with the operator's resource types."""
    return cluster


@pytest.fixture(scope="module")
def operator(node: Node) -> Iterator[Operator]:
    """The operator as a process beside the node; one module's, for others have it as a pod."""
    running = Operator(node.processes, node.kubeconfig_for(USER, ["system:masters"]))
    running.start()
    yield running
    running.kill()
    assert "Traceback" not in running.log.read_text(), running.log.read_text()


@pytest.fixture(scope="session")
def operator_image(node: Node) -> str:
    """The name of the operator's image, which the node has."""
    node.load(image.operator())
    return image.NAME


@pytest.fixture
def place(node: Node, namespace: str) -> Place:
    """A fresh namespace of the node."""
    return Place(node, namespace)
