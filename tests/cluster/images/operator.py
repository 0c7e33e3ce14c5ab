"""The operator's image without Docker: layers made here, run as the Dockerfile says."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cluster.images import dockerfile
from tests.cluster.images.archive import PATH, Image
from tests.cluster.images.catalogue import archived
from tests.cluster.images.python import HOME, compile_below, install, layers
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAME = "testbed.example/microservice-operator:test"
DOCKERFILE = ROOT / "operator" / "Dockerfile"
PACKAGE = ROOT / "operator" / "microservice_operator"
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "operator/Dockerfile")

# The base is another one here, and what a release adds is empty.
OF_THE_BASE = "org.opencontainers.image.base."


def operator() -> Path:
    """The archive of the operator's image, as its sources are now."""
    below = layers()
    digest = hashlib.sha256(below[0].parent.name.encode())
    for source in (*sorted(PACKAGE.rglob("*.py")), *(ROOT / name for name in SOURCES)):
        digest.update(str(source.relative_to(ROOT)).encode() + source.read_bytes())

    def fill(scratch: Path) -> Image:
        own = scratch / "own"
        _install_project(scratch, own)
        return image((*below, own))

    return archived("operator", digest.hexdigest(), fill)


def image(layers: tuple[Path, ...]) -> Image:
    """These layers, run as the Dockerfile says."""
    stage = dockerfile.stages(DOCKERFILE.read_text(), PATH)[-1]
    labels = {
        name: value
        for name, value in stage.labels.items()
        if value and not name.startswith(OF_THE_BASE)
    }
    return Image(
        names=(NAME,),
        layers=layers,
        entrypoint=stage.entrypoint,
        command=stage.command,
        user=stage.user,
        environment=stage.environment,
        ports=stage.ports,
        labels=labels,
    )


def _install_project(scratch: Path, root: Path) -> None:
    """The wheel that users get, beside the locked packages."""
    wheels = scratch / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    install(root, "--no-deps", "--no-index", *map(str, wheels.glob("*.whl")))
    compile_below(root, root / HOME.relative_to("/"))
