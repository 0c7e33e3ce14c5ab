"""The wheel: what a user gets without the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from microservice_operator import __version__
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    [archive] = folder.glob("*.whl")
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_runs_on_its_own(wheel: Path) -> None:
    """What is in the wheel is a whole program, and it knows its version."""
    told = subprocess.run(
        [sys.executable, "-m", "microservice_operator", "--version"],
        cwd=wheel,
        env={"PYTHONPATH": str(wheel)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout.strip() == f"microservice-operator, version {__version__}"


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    """Tests and tools stay in the repository; the console script and the licence come along."""
    top = {path.name for path in wheel.iterdir()}
    info = f"microservice_operator-{__version__}.dist-info"
    assert top == {"microservice_operator", info}
    assert (
        "microservice-operator = microservice_operator.__main__:main"
        in (wheel / info / "entry_points.txt").read_text()
    )
    assert (wheel / info / "licenses" / "LICENSE").exists()


def test_the_version_is_said_once(wheel: Path) -> None:
    """The package and its metadata agree."""
    metadata = (wheel / f"microservice_operator-{__version__}.dist-info" / "METADATA").read_text()
    assert f"Version: {__version__}" in metadata
