"""Fixtures that give tests a real control plane; whoever uses one is marked `cluster`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.chart.helm import Helm
from tests.cluster import Cluster, StepFailed
from tests.cluster.build import build
from tests.cluster.definitions import MESH, MONITORING, install, install_ours
from tests.cluster.namespaces import namespace_of
from tests.cluster.tools import JUDGES, tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# That a machine is busy is no defect of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

FIXTURES = {"cluster", "namespace", "private_cluster", *JUDGES}
STARTED = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cluster, before `-m` chooses."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.cluster)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build where the output is seen and no test's timeout runs."""
    needed = any(item.get_closest_marker("cluster") for item in session.items)
    if needed and not session.config.option.collectonly:
        capture = session.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            try:
                build()
                for name in JUDGES:
                    tool(name)
                for product in (MESH, MONITORING):
                    product.definitions()
            except StepFailed as error:
                pytest.exit(str(error), returncode=1)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the tests stood on."""
    if STARTED in config.stash:
        terminalreporter.write_line(config.stash[STARTED])


@pytest.fixture(scope="session")
def actionlint() -> Path:
    """The program that judges workflows."""
    return tool("actionlint")


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The program that judges rules."""
    return tool("promtool")


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Helm, and the chart as it is checked in."""
    return Helm(tool("helm"))


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """One cluster for the whole run, with the operator's resource types."""
    with Cluster() as running:
        pytestconfig.stash[STARTED] = f"control plane ready after {running.seconds_to_ready:.1f} s"
        install(running)
        install_ours(running)
        yield running


@pytest.fixture
def private_cluster() -> Iterator[Callable[..., Cluster]]:
    """Start clusters of one's own, to break them; takes the arguments of `Cluster`."""
    with ExitStack() as clusters:

        def start(*args: Any, **options: Any) -> Cluster:
            running = clusters.enter_context(Cluster(*args, **options))
            install_ours(running)
            return running

        yield start


@pytest.fixture
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty namespace, named after the test and removed behind its back."""
    test = request.node
    with namespace_of(cluster.api, test.originalname, test.nodeid) as name:
        yield name
