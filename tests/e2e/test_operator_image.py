"""The image that is made here is the one that Docker makes, in all that matters."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator import __version__
from tests.cluster.images import dockerfile
from tests.cluster.images.archive import PATH
from tests.cluster.images.operator import DOCKERFILE, OF_THE_BASE, operator
from tests.lock import PROJECT, locked, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

METADATA = re.compile(r"opt/operator/lib/[^/]+/site-packages/([^/]+)-([^-/]+)\.dist-info/METADATA")
LARGEST = 60_000_000
MEGA = 1_000_000


@dataclass(frozen=True)
class Archive:
    """An image as it was written: how it runs, and its layers from the base upwards."""

    configuration: dict[str, Any]
    layers: tuple[bytes, ...] = field(repr=False)

    def names(self, layer: int) -> list[str]:
        """The paths in a layer."""
        with tarfile.open(fileobj=io.BytesIO(self.layers[layer])) as content:
            return content.getnames()


@pytest.fixture(scope="module")
def operator_image() -> Iterator[Archive]:
    """The operator's image, made before any test's timeout runs."""
    with tarfile.open(operator()) as archive:

        def read(name: str) -> bytes:
            found = archive.extractfile(name)
            assert found is not None
            return found.read()

        [manifest] = json.loads(read("manifest.json"))
        configuration = json.loads(read(manifest["Config"]))["config"]
        yield Archive(configuration, tuple(read(layer) for layer in manifest["Layers"]))


def test_it_runs_as_the_dockerfile_says(operator_image: Archive) -> None:
    """User, program, arguments, environment and ports; of the labels all but those of the base."""
    stage = dockerfile.stages(DOCKERFILE.read_text(), PATH)[-1]
    ours = operator_image.configuration

    assert ours["User"] == stage.user
    assert ours["Entrypoint"] == list(stage.entrypoint)
    assert ours["Cmd"] == list(stage.command)
    assert dict(each.split("=", 1) for each in ours["Env"]) == stage.environment
    assert ours["ExposedPorts"] == {port: {} for port in stage.ports}
    differing = ours["Labels"].items() ^ stage.labels.items()
    assert all(not value or name.startswith(OF_THE_BASE) for name, value in differing)


def test_its_packages_are_those_of_the_lock_and_no_others(operator_image: Archive) -> None:
    """With the very versions that `uv sync --locked --no-dev` brings into the shipped image."""
    found = {
        match[1].replace("_", "-").lower(): match[2]
        for layer in range(len(operator_image.layers))
        for match in map(METADATA.fullmatch, operator_image.names(layer))
        if match
    }

    expected = {name: locked()[name]["version"] for name in shipped()}
    assert found == {**expected, PROJECT: __version__}


def test_its_program_stands_where_the_dockerfile_puts_it(operator_image: Archive) -> None:
    """In the virtual environment, compiled: its root is read-only."""
    names = set(operator_image.names(-1))

    assert "opt/operator/bin/microservice-operator" in names
    assert {"opt/operator/bin/python", "opt/operator/pyvenv.cfg"} <= set(operator_image.names(1))
    modules = [name for name in names if name.endswith(".py")]
    compiled = [name for name in names if name.endswith(".pyc")]
    assert len(compiled) == len(modules) > 0


def test_it_is_small(
    operator_image: Archive, record_property: Callable[[str, object], None]
) -> None:
    """What is pulled: all but the base, which other images share."""
    base, *own = (len(gzip.compress(layer, 6)) for layer in operator_image.layers)
    told = f"{sum(own) / MEGA:.1f} MB on a base of {base / MEGA:.1f} MB"
    record_property("size", told)

    assert sum(own) <= LARGEST, told
