"""The data of a stopped node, and how a new one takes it over without copying all of it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEYS = "pki"
ETCD = "etcd"
CONTAINERD = "containerd"


def copy_data(source: Path, target: Path) -> None:
    """Give `target` the objects and the images of `source`, neither of which is running.

    Layers of images are never written again, so hard links serve; databases are copied.
    """
    shutil.copytree(source / ETCD, target / ETCD)
    subprocess.run(
        ["cp", "--archive", "--link", source / CONTAINERD, target / CONTAINERD], check=True
    )
    for linked in (target / CONTAINERD).rglob("*.db"):
        linked.unlink()
        shutil.copy2(source / linked.relative_to(target), linked)
