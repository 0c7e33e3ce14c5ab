"""Writing an image archive: the same folders become the same bytes, on any day."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
CREATED = "2026-01-01T00:00:00Z"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Image:
    """What an image is made of; each layer is a folder that is laid over the ones before."""

    names: tuple[str, ...]
    layers: tuple[Path, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def write(image: Image, path: Path) -> Path:
    """Write an archive that containerd and Docker can load; its layers are not compressed."""
    unfinished = path.with_suffix(".unfinished")
    with tarfile.open(unfinished, "w") as archive:
        digests = [_add_layer(archive, layer, path) for layer in image.layers]
        configuration = json.dumps(_configuration(image, digests)).encode()
        name = f"{hashlib.sha256(configuration).hexdigest()}.json"
        layers = [f"{digest}/layer.tar" for digest in digests]
        manifest = [{"Config": name, "RepoTags": list(image.names), "Layers": layers}]
        _add_bytes(archive, name, configuration)
        _add_bytes(archive, "manifest.json", json.dumps(manifest).encode())
    return unfinished.rename(path)


def _configuration(image: Image, digests: list[str]) -> dict[str, object]:
    return {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": CREATED,
        "config": _run_configuration(image),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created": CREATED} for _ in digests],
    }


def _run_configuration(image: Image) -> dict[str, object]:
    """How the program runs, as Docker spells it; what is not said is left out."""
    environment = {"PATH": PATH, **image.environment}
    said = {
        "Entrypoint": image.entrypoint,
        "Cmd": image.command,
        "User": image.user,
        "WorkingDir": "/",
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "ExposedPorts": {port: {} for port in image.ports},
        "Labels": dict(image.labels),
    }
    return {name: value for name, value in said.items() if value}


def _add_layer(archive: tarfile.TarFile, folder: Path, path: Path) -> str:
    """Add a folder as a layer, and return the digest of what was added."""
    layer = path.with_suffix(".layer")
    with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as inner:
        for member in _members(folder):
            name = member.relative_to(folder).as_posix()
            inner.add(member, name, recursive=False, filter=_timeless)
    with layer.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    info = tarfile.TarInfo(f"{digest}/layer.tar")
    info.size = layer.stat().st_size
    with layer.open("rb") as content:
        archive.addfile(info, content)
    layer.unlink()
    return digest


def _members(folder: Path) -> Iterator[Path]:
    """Everything below a folder, parents first, in an order that never changes."""
    for member in sorted(folder.iterdir()):
        yield member
        if member.is_dir() and not member.is_symlink():
            yield from _members(member)


def _timeless(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who made a file, when, and under which umask."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = 0
    info.mode = (info.mode & 0o1000 and 0o1777) or (0o755 if info.mode & 0o100 else 0o644)
    return info


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))
