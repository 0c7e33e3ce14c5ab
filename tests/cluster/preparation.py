"""Filling the folder of a new cluster: its ports, keys, kubeconfigs and command lines."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.cluster import components, kubeconfig
from tests.cluster.certificates import Authority
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, RUN
from tests.cluster.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ADMINISTRATORS = ("system:masters",)


def prepare(
    folder: Path, users: Mapping[str, tuple[str, Iterable[str]]], keys: Path | None = None
) -> None:
    """Write everything that the components read; nothing is started yet.

    Args:
        folder: where the cluster will live; it must not exist.
        users: the name and the groups of each component that is a client of the API server.
        keys: another cluster's keys, for one that goes on with that cluster's data.
    """
    folder.mkdir(mode=0o700, parents=True)
    _choose_ports(folder)
    if keys is None:
        authority(folder).create()
    else:
        shutil.copytree(keys, authority(folder).folder)
    sign_in(folder, folder / "kubeconfig", "admin", ADMINISTRATORS)
    for component, (user, groups) in users.items():
        sign_in(folder, folder / f"{component}.kubeconfig", user, groups)


def sign_in(folder: Path, path: Path, user: str, groups: Iterable[str]) -> Path:
    """Write a kubeconfig for a user of these groups."""
    certificate, key = authority(folder).issue(user, groups, file=path.name)
    return write_kubeconfig(folder, path, kubeconfig.with_certificate(certificate, key))


def write_kubeconfig(folder: Path, path: Path, credentials: dict[str, str]) -> Path:
    """Write a kubeconfig for whom these credentials name."""
    server = f"https://127.0.0.1:{ports_of(folder)['kube-apiserver']}"
    return kubeconfig.write(path, server, authority(folder).certificate, credentials)


def authority(folder: Path) -> Authority:
    """Who signs for this cluster."""
    return Authority(folder / "pki")


def ports_of(folder: Path) -> dict[str, int]:
    """The port of every component."""
    ports: dict[str, int] = json.loads((folder / "ports.json").read_text())
    return ports


def _choose_ports(folder: Path) -> None:
    with exclusive(CACHE / "ports.lock", "another cluster to choose its ports"):
        taken = {
            port
            for neighbour in RUN.iterdir()
            if (neighbour / "ports.json").exists()
            for port in ports_of(neighbour).values()
        }
        numbers = free_ports(len(components.PORTS), taken)
        ports = dict(zip(components.PORTS, numbers, strict=True))
        (folder / "ports.json").write_text(json.dumps(ports))
