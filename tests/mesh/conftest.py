"""The mesh of the whole run, and what must hold after every test."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster import StepFailed
from tests.cluster.istio import Mesh
from tests.cluster.namespaces import namespace_of
from tests.e2e.bed import choice, lacking
from tests.mesh.asking import Outside
from tests.mesh.elsewhere import Current, Kind
from tests.mesh.place import Place
from tests.mesh.soundness import sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.mesh.bed import Bed, Chosen

HERE = Path(__file__).parent
BEDS: dict[str, Callable[[], Chosen]] = {"node": Mesh, "kind": Kind, "current": Current}
SETTINGS = """\
gateways:
  public: {gateway: edge/public, serviceAccount: edge/public-gateway, scheme: http}
  internal: {gateway: edge/internal, serviceAccount: edge/internal-gateway, scheme: http}
"""
LACKING, CHOSEN = pytest.StashKey[str](), pytest.StashKey["Chosen"]()
FIGURES, LEFT_OUT = pytest.StashKey[list[str]](), pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all tests beside this file, and leave them out where there can be no mesh."""
    if choice() not in BEDS:
        pytest.exit(f"CLUSTER={choice()} is none of {', '.join(BEDS)}", returncode=1)
    config.stash[FIGURES] = []
    chosen = [item for item in items if item.path.is_relative_to(HERE)]
    for item in chosen:
        item.add_marker(pytest.mark.mesh)
    if choice() != "node":
        bound = [item for item in chosen if item.get_closest_marker("node")]
        config.stash[LEFT_OUT] = _skip(bound, f"needs the real node, and this is {choice()}")
    elif chosen and (cause := lacking()):
        config.stash[LACKING] = cause
        if os.environ.get("REQUIRE_NODE"):
            pytest.exit(f"a real node is required: {cause}", returncode=1)
        _skip(chosen, f"no real node: {cause}")


def _skip(items: list[pytest.Item], reason: str) -> int:
    for item in items:
        item.add_marker(pytest.mark.skip(reason=reason))
    return len(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build where the output is seen and no test's timeout runs."""
    config = session.config
    needed = any(item.get_closest_marker("mesh") for item in session.items)
    if needed and not config.option.collectonly and LACKING not in config.stash:
        config.stash[CHOSEN] = BEDS[choice()]()
        with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            try:
                config.stash[CHOSEN].build()
            except StepFailed as error:
                pytest.exit(str(error), returncode=1)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the tests stood on, or that they had nothing to stand on."""
    for figure in config.stash.get(FIGURES, []):
        terminalreporter.write_line(figure)
    words = ""
    if count := config.stash.get(LEFT_OUT, 0):
        words = f"{count} TESTS WERE LEFT OUT: they need the real node of `make mesh`"
    if LACKING in config.stash:
        words = f"NOTHING WAS PROVEN WITH REAL TRAFFIC: {config.stash[LACKING]}"
    if words:
        terminalreporter.write_line(words, red=True, bold=True)


@pytest.fixture(scope="session")
def figure(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Tell a figure in the summary of the run."""
    return pytestconfig.stash[FIGURES].append


@pytest.fixture(scope="session")
def mesh(pytestconfig: pytest.Config, figure: Callable[[str], None]) -> Iterator[Bed]:
    """One cluster with Istio for the whole run, that of CLUSTER."""
    began = time.monotonic()
    with pytestconfig.stash[CHOSEN] as running:
        figure(f"Istio and two gateways ready after {time.monotonic() - began:.1f} s")
        yield running


@pytest.fixture(scope="session")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of the operator that name both gateways."""
    settings: Path = tmp_path_factory.mktemp("platform") / "settings.yaml"
    settings.write_text(SETTINGS)
    return settings


@pytest.fixture
def place(mesh: Bed, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A fresh namespace, in which each pod says itself whether it gets a proxy."""
    with namespace_of(mesh.api, request.node.originalname, request.node.nodeid) as name:
        yield Place(mesh, name)


@pytest.fixture
def caller(place: Place) -> str:
    """Somebody in the mesh who asks."""
    place.run("caller")
    place.ready("caller")
    return "caller"


@pytest.fixture
def ask(mesh: Bed) -> Outside:
    """Somebody outside the mesh, who asks through its gateways."""
    return Outside(mesh)


@pytest.fixture(autouse=True)
def _sound(request: pytest.FixtureRequest) -> Iterator[None]:
    """Judge what every test leaves behind in its place, but where it breaks it to be noticed."""
    if "place" not in request.fixturenames or request.node.get_closest_marker("unsound"):
        yield
        return
    with sound(request.getfixturevalue("place")):
        yield
