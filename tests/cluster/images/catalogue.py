"""The images of the bed: what each is made of, and its archive, written once per content."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster.images.archive import Image, write
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, ROOT
from tests.cluster.tools import compiled, tool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

APP = ROOT / "tests" / "app"
FOLDER = CACHE / "images"
NONROOT = "65532:65532"


def pause() -> Path:
    """The archive of the image that holds the namespaces of every pod."""
    return _of_program("pause", compiled("pause", APP, "./pause"), names=("pause:1",))


def coredns() -> Path:
    """The archive of the cluster's name server."""
    return _of_program("coredns", tool("coredns"), names=("coredns:1",))


def metrics_server() -> Path:
    """The archive of what tells the autoscaler how busy pods are."""
    return _of_program("metrics-server", tool("metrics-server"), names=("metrics-server:1",))


def app(version: str = "v1") -> Path:
    """The archive of the test application, whose answers carry this version."""
    program = compiled("app", APP, ".")
    environment = {"VERSION": version}
    return _of_program(
        f"app-{version}", program, names=(f"app:{version}",), environment=environment, user=NONROOT
    )


def _of_program(
    name: str,
    program: Path,
    *,
    names: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
    user: str = "",
) -> Path:
    """An image that holds one static program and a folder for temporary files."""
    identity = f"{program.parent.name} {names} {environment} {user}"

    def fill(root: Path) -> Image:
        (root / "tmp").mkdir()
        (root / "tmp").chmod(0o1777)
        shutil.copy(program, root / program.name)
        return Image(
            names=tuple(f"testbed.example/{tagged}" for tagged in names),
            layers=(root,),
            entrypoint=(f"/{program.name}",),
            user=user,
            environment=environment or {},
        )

    return archived(name, identity, fill)


ARCHIVES: dict[str, Callable[[], Path]] = {
    "pause": pause,
    "coredns": coredns,
    "metrics-server": metrics_server,
    "app": app,
    "app-v2": partial(app, "v2"),
}


def archived(name: str, identity: str, fill: Callable[[Path], Image]) -> Path:
    """The archive of an image, made in a scratch folder unless one of that identity exists."""
    makers = "".join(file.read_text() for file in sorted(Path(__file__).parent.glob("*.py")))
    digest = hashlib.sha256(f"{identity}{makers}".encode()).hexdigest()[:12]
    path = FOLDER / f"{name}-{digest}.tar"
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with exclusive(FOLDER / f"{name}.lock", f"another making of the image {name}"):
            if not path.exists():
                with tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
                    write(fill(Path(scratch)), path)
                for outdated in set(FOLDER.glob(f"{name}-*.tar")) - {path}:
                    outdated.unlink()
    return path
