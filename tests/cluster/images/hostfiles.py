"""Copying programs of this machine into the root of an image, with the libraries that they load."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

MERGED = ("bin", "sbin", "lib", "lib64")  # on Debian, links into /usr


def make_root(root: Path) -> None:
    """Make the folders that programs expect to find."""
    for name in ("tmp", "etc", "dev", "proc", "sys", "run", "usr"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    for name in MERGED:
        (root / "usr" / name).mkdir()
        (root / name).symlink_to(f"usr/{name}")


def copy_file(root: Path, source: Path) -> None:
    """Copy a file to the same path below `root`, and the libraries that it loads."""
    _place(root, source)
    copy_libraries(root, source)


def copy_folder(root: Path, source: Path, leave_out: tuple[str, ...] = ()) -> None:
    """Copy a folder to the same path below `root`, and the libraries that its files load."""
    target = _below(root, source)
    ignored = shutil.ignore_patterns(*leave_out)
    shutil.copytree(source, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)
    copy_libraries_of_folder(root, target)


def copy_libraries_of_folder(root: Path, folder: Path) -> None:
    """Copy the libraries of the machine that the shared objects below a folder load.

    The folder may belong to another layer of the image, which lies beside `root`.
    """
    objects = [path for path in folder.rglob("*.so*") if path.is_file()]
    if objects:
        copy_libraries(root, *objects)


def copy_libraries(root: Path, *programs: Path) -> None:
    """Copy the libraries of the machine that these programs load."""
    told = subprocess.run(
        ["ldd", *programs], capture_output=True, text=True, check=False, timeout=120
    )
    for library in sorted(set(re.findall(r"(/\S+) \(0x", told.stdout))):
        path = Path(library)
        if not path.is_relative_to(root.parent):
            _place(root, path)


def _place(root: Path, source: Path) -> None:
    target = _below(root, source)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _below(root: Path, source: Path) -> Path:
    """The same path below `root`; a folder that is a link there leads to where it leads here."""
    folder = source.parent.resolve()
    return root / (folder / source.name).relative_to("/")
