"""The operator's image: this machine's Python, the locked packages, and the package itself."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cluster import progress
from tests.cluster.images.archive import Image
from tests.cluster.images.catalogue import FOLDER, NONROOT, archived
from tests.cluster.images.hostfiles import (
    copy_file,
    copy_folder,
    copy_libraries_of_folder,
    make_root,
)
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, ROOT

NAME = "testbed.example/microservice-operator:test"
PACKAGE = ROOT / "operator" / "microservice_operator"
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
LIBRARY = Path(sys.base_prefix) / "lib" / PYTHON.name
SITE = LIBRARY / "site-packages"

# What a server never imports.
LEFT_OUT = (
    *("__pycache__", "site-packages", "test", "tests", "idlelib", "ensurepip", "lib2to3"),
    *("pydoc_data", "turtledemo", "tkinter", "config-*", "*.a"),
)

SCRIPT = f"""\
#!{PYTHON}
import sys

from microservice_operator.__main__ import main

sys.exit(main())
"""


def operator() -> Path:
    """The archive of the operator's image, as its sources are now."""
    base = _base()
    digest = hashlib.sha256(base.name.encode())
    for source in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(source.relative_to(PACKAGE)).encode() + source.read_bytes())

    def fill(root: Path) -> Image:
        package = root / SITE.relative_to("/") / PACKAGE.name
        shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        _compile(root, package)
        script = root / "usr/local/bin/microservice-operator"
        script.parent.mkdir(parents=True)
        script.write_text(SCRIPT)
        script.chmod(0o755)
        entrypoint = ("microservice-operator",)
        return Image((NAME,), layers=(base, root), entrypoint=entrypoint, user=NONROOT)

    return archived("operator", digest.hexdigest(), fill)


def _base() -> Path:
    """The folder with Python and the locked packages, made once per lock."""
    sources = (ROOT / "uv.lock", Path(__file__), Path(__file__).with_name("hostfiles.py"))
    identity = [str(PYTHON), sys.version, *(source.read_text() for source in sources)]
    folder = FOLDER / f"python-{hashlib.sha256(repr(identity).encode()).hexdigest()[:12]}"
    if not folder.exists():
        with exclusive(FOLDER / "python.lock", "another making of the operator's packages"):
            if not folder.exists():
                unfinished = folder.with_suffix(".unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                _fill_base(unfinished)
                for outdated in FOLDER.glob("python-*"):
                    if outdated != unfinished:
                        shutil.rmtree(outdated)
                unfinished.rename(folder)
    return folder


def _fill_base(root: Path) -> None:
    make_root(root)
    copy_file(root, PYTHON)
    copy_folder(root, LIBRARY, LEFT_OUT)
    _install_packages(root / SITE.relative_to("/"))
    copy_libraries_of_folder(root, root / SITE.relative_to("/"))
    _compile(root, root / LIBRARY.relative_to("/"))
    (root / "etc/passwd").write_text("nonroot:x:65532:65532::/tmp:/sbin/nologin\n")
    (root / "etc/nsswitch.conf").write_text("hosts: files dns\n")


def _install_packages(site: Path) -> None:
    uv = shutil.which("uv") or str(ROOT / ".cache/uv/bin/uv")
    project = ["--project", str(ROOT)]
    export = [uv, "export", *project, "--quiet", "--frozen", "--no-dev", "--no-emit-project"]
    requirements = subprocess.run(export, check=True, capture_output=True, text=True, timeout=60)
    listed = site.with_name("requirements.txt")
    site.mkdir(parents=True, exist_ok=True)
    listed.write_text(requirements.stdout)
    progress.run(
        "the operator's packages",
        [
            *(uv, "pip", "install", "--quiet", "--link-mode", "copy"),
            *("--python", sys.executable, "--target", str(site), "--requirement", str(listed)),
        ],
        log=CACHE / "operator-packages.log",
        env={},
        advice="see whether the package index can be reached",
    )
    listed.unlink()


def _compile(root: Path, folder: Path) -> None:
    """Compile for a root that nobody can write to; no file's time is ever looked at."""
    subprocess.run(
        [
            *(PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", root, "-p", "/", folder),
        ],
        check=True,
        timeout=600,
    )
