"""The cluster of the whole run, the operator in it, and the loud word when there could be none."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chart.helm import NAMESPACE, Helm
from tests.cluster import Node, StepFailed
from tests.cluster.namespaces import create, namespace_of
from tests.cluster.tools import tool
from tests.e2e import bed as beds
from tests.e2e.diary import Diary
from tests.e2e.elsewhere import Current, Kind
from tests.e2e.place import Place
from tests.e2e.release import HOME, Release
from tests.e2e.workloads import ENFORCED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.bed import Bed, Chosen

HERE = Path(__file__).parent
BEDS: dict[str, Callable[[], Chosen]] = {"node": beds.Own, "kind": Kind, "current": Current}
LACKING, CHOSEN = pytest.StashKey[str](), pytest.StashKey["Chosen"]()
FIGURES, LEFT_OUT = pytest.StashKey[list[str]](), pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run where the suite stands, or all of it where it cannot stand."""
    name = beds.choice()
    if name not in BEDS:
        pytest.exit(f"CLUSTER={name} is none of {', '.join(BEDS)}", returncode=1)
    config.stash[FIGURES] = []
    chosen = [item for item in items if item.path.is_relative_to(HERE)]
    for item in chosen:
        if "node" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.node)
    if name != "node":
        config.stash[LEFT_OUT] = _skip(chosen, f"needs the real node, and this is {name}", "node")
    elif chosen and (cause := beds.lacking()):
        config.stash[LACKING] = cause
        if os.environ.get("REQUIRE_NODE"):
            pytest.exit(f"a real node is required: {cause}", returncode=1)
        _skip(chosen, f"no real node: {cause}")


def _skip(items: list[pytest.Item], reason: str, marker: str = "") -> int:
    left_out = [item for item in items if not marker or item.get_closest_marker(marker)]
    for item in left_out:
        item.add_marker(pytest.mark.skip(reason=reason))
    return len(left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build where the output is seen and no test's timeout runs."""
    config = session.config
    needed = any(item.path.is_relative_to(HERE) for item in session.items)
    if not needed or config.option.collectonly or LACKING in config.stash:
        return
    config.stash[CHOSEN] = BEDS[beds.choice()]()
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        try:
            config.stash[CHOSEN].build()
            _helm()
        except StepFailed as error:
            pytest.exit(str(error), returncode=1)


def _helm() -> Path:
    """The pinned one, or the user's own where the cluster is not ours."""
    own = shutil.which("helm")
    return Path(own) if own and beds.choice() != "node" else tool("helm")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the tests stood on, or that they had nothing to stand on."""
    for figure in config.stash.get(FIGURES, []):
        terminalreporter.write_line(figure)
    words = ""
    if count := config.stash.get(LEFT_OUT, 0):
        words = f"{count} TESTS WERE LEFT OUT: they need the real node of `make e2e`"
    if LACKING in config.stash:
        words = f"NOTHING WAS PROVEN ON A REAL NODE: {config.stash[LACKING]}"
    if words:
        terminalreporter.write_line(words, red=True, bold=True)


@pytest.fixture(scope="session")
def figure(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Tell a figure in the summary of the run."""
    return pytestconfig.stash[FIGURES].append


@pytest.fixture(scope="session")
def bed(pytestconfig: pytest.Config, figure: Callable[[str], None]) -> Iterator[Bed]:
    """One cluster for the whole run, that of CLUSTER."""
    with pytestconfig.stash[CHOSEN] as running:
        if isinstance(running, Node):
            figure(f"real node ready after {running.seconds_to_ready:.1f} s")
        yield running


@pytest.fixture(scope="session")
def node(bed: Bed) -> Node:
    """The real node itself, for tests that do more than speak to its API server."""
    assert isinstance(bed, Node)
    return bed


@pytest.fixture(scope="session")
def operator(
    bed: Bed, tmp_path_factory: pytest.TempPathFactory, figure: Callable[[str], None]
) -> Iterator[Release]:
    """The operator of the whole run, installed by Helm; whoever ends it must bring it back.

    In the end, everything that any of its pods has said is judged, and on the real node whether
    the rights of the chart were enough.
    """
    diary = Diary(bed, tmp_path_factory.mktemp("operator"))
    release = Release(bed, Helm(_helm(), bed.kubeconfig), diary)
    began = time.monotonic()
    create(bed.api, HOME)
    diary.begin()
    try:
        release.install()
        release.seconds_to_ready = time.monotonic() - began
        figure(f"operator installed by Helm and Ready after {release.seconds_to_ready:.1f} s more")
        yield release
    finally:
        release.uninstall()
        diary.end()
        bed.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    assert not diary.tracebacks()
    assert not diary.restarts, "an operator has ended by itself"
    assert not release.denied


@pytest.fixture
def away(operator: Release) -> Iterator[Release]:
    """The operator, which may leave as long as the test; then it is back."""
    yield operator
    operator.scale(2)


@pytest.fixture
def changing(operator: Release) -> Iterator[Release]:
    """The operator, whose release may be changed or removed; then it is as it was."""
    yield operator
    operator.install()
    operator.settled()


@pytest.fixture
def place(bed: Bed, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A fresh namespace that admits restricted pods only."""
    test = request.node
    with namespace_of(bed.api, test.originalname, test.nodeid, ENFORCED) as name:
        yield Place(bed, name)
