"""Images are made without Docker, and their content alone decides what they are."""

from __future__ import annotations

import json
import os
import tarfile
from typing import IO, TYPE_CHECKING

import pytest

from tests.cluster.images.archive import Image, write
from tests.cluster.node import requirements

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


def _folder(path: Path, *, made: int, mask: int) -> Path:
    path.mkdir()
    (path / "inner").mkdir()
    (path / "inner" / "program").write_text("#!/bin/sh\n")
    (path / "inner" / "program").chmod(0o777 & ~mask)
    (path / "link").symlink_to("inner/program")
    (path / "tmp").mkdir()
    (path / "tmp").chmod(0o1777)
    for member in path.rglob("*"):
        os.utime(member, (made, made), follow_symlinks=False)
    return path


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    assert found is not None
    return found


def _image(folder: Path) -> Image:
    return Image(("testbed.example/x:1",), (folder,), ("/inner/program",), user="65532:65532")


def test_the_same_content_becomes_the_same_archive_on_any_day(tmp_path: Path) -> None:
    """Else the node would unpack, and every seed be made, anew."""
    morning = _folder(tmp_path / "morning", made=1_000_000, mask=0o022)
    evening = _folder(tmp_path / "evening", made=2_000_000, mask=0o077)

    first = write(_image(morning), tmp_path / "first.tar").read_bytes()
    second = write(_image(evening), tmp_path / "second.tar").read_bytes()

    assert first == second


def test_an_archive_says_how_its_program_runs(tmp_path: Path) -> None:
    """Entrypoint and user reach the container, and the folder for temporary files is open."""
    folder = _folder(tmp_path / "root", made=0, mask=0o022)

    with tarfile.open(write(_image(folder), tmp_path / "x.tar")) as archive:
        [manifest] = json.load(_open(archive, "manifest.json"))
        configuration = json.load(_open(archive, manifest["Config"]))
        with tarfile.open(fileobj=_open(archive, manifest["Layers"][0])) as layer:
            modes = {member.name: member.mode for member in layer}

    assert manifest["RepoTags"] == ["testbed.example/x:1"]
    assert configuration["config"]["Entrypoint"] == ["/inner/program"]
    assert configuration["config"]["User"] == "65532:65532"
    assert modes["tmp"] == 0o1777
    assert modes["inner/program"] == 0o755


def test_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, before anything is built."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert requirements.missing().startswith("it needs root")
