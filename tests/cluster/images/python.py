"""This machine's Python and the locked packages: the layers of the operator that change seldom."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cluster import progress
from tests.cluster.images.catalogue import FOLDER
from tests.cluster.images.hostfiles import (
    copy_file,
    copy_folder,
    copy_libraries_of_folder,
    make_root,
)
from tests.cluster.locked import uv
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, ROOT

HOME = Path("/opt/operator")
VERSION = f"python3.{sys.version_info.minor}"
PYTHON = Path(sys.base_prefix) / "bin" / VERSION
LIBRARY = Path(sys.base_prefix) / "lib" / VERSION

# What a server never imports.
LEFT_OUT = (
    *("__pycache__", "site-packages", "test", "tests", "idlelib", "ensurepip", "lib2to3"),
    *("pydoc_data", "turtledemo", "tkinter", "config-*", "*.a"),
)


def layers() -> tuple[Path, Path]:
    """The folders with Python, and with the locked packages, made once per lock."""
    makers = (Path(__file__), Path(__file__).with_name("hostfiles.py"))
    sources = (ROOT / "uv.lock", *makers)
    identity = [str(PYTHON), sys.version, *(source.read_text() for source in sources)]
    folder = FOLDER / f"python-{hashlib.sha256(repr(identity).encode()).hexdigest()[:12]}"
    if not folder.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with exclusive(FOLDER / "python.lock", "another making of the operator's packages"):
            if not folder.exists():
                unfinished = folder.with_suffix(".unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                _fill(unfinished / "python", unfinished / "packages")
                for outdated in FOLDER.glob("python-*"):
                    if outdated != unfinished:
                        shutil.rmtree(outdated)
                unfinished.rename(folder)
    return folder / "python", folder / "packages"


def install(root: Path, *what: str) -> None:
    """Install packages into the virtual environment of the image."""
    home = root / HOME.relative_to("/")
    site = home / "lib" / VERSION / "site-packages"
    site.mkdir(parents=True)
    progress.run(
        "the operator's packages",
        [
            *(uv(), "pip", "install", "--quiet", "--link-mode", "copy"),
            *("--python", sys.executable, "--target", str(site), *what),
        ],
        log=CACHE / "operator-packages.log",
        env={},
        advice="see whether the package index can be reached",
    )
    (site / "bin").rename(home / "bin")
    for script in (home / "bin").iterdir():
        _, _, rest = script.read_text().partition("\n")
        script.write_text(f"#!{HOME}/bin/python\n{rest}")


def compile_below(root: Path, folder: Path) -> None:
    """Compile for a root that nobody can write to; no file's time is ever looked at."""
    subprocess.run(
        [
            *(PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", root, "-p", "/", folder),
        ],
        check=True,
        timeout=600,
    )


def _fill(python: Path, packages: Path) -> None:
    make_root(python)
    copy_file(python, PYTHON)
    copy_folder(python, LIBRARY, LEFT_OUT)
    (python / "etc/passwd").write_text("nonroot:x:65532:65532::/tmp:/sbin/nologin\n")
    (python / "etc/nsswitch.conf").write_text("hosts: files dns\n")
    compile_below(python, python / LIBRARY.relative_to("/"))
    _install_locked(packages)
    copy_libraries_of_folder(python, packages)
    compile_below(packages, packages / HOME.relative_to("/"))


def _install_locked(root: Path) -> None:
    """A virtual environment as `uv sync --locked --no-dev` makes it, without the project."""
    project = ["--project", str(ROOT)]
    export = [uv(), "export", *project, "--quiet", "--frozen", "--no-dev", "--no-emit-project"]
    listed = root.with_name("requirements.txt")
    with listed.open("w") as requirements:
        subprocess.run(export, check=True, stdout=requirements, timeout=60)
    install(root, "--requirement", str(listed))
    listed.unlink()
    home = root / HOME.relative_to("/")
    (home / "pyvenv.cfg").write_text(
        f"home = {PYTHON.parent}\ninclude-system-site-packages = false\n"
    )
    (home / "bin" / "python").symlink_to(PYTHON)
