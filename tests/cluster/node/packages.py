"""What the node takes from Debian: unpacked into the cache, never installed, so nothing starts."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster import progress
from tests.cluster.failure import StepFailed
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGES = ("containerd", "runc", "containernetworking-plugins", "iptables", "nftables")

# Installing a package would choose these; its scripts do not run here.
ALTERNATIVES = {
    "sbin/iptables": "xtables-nft-multi",
    "sbin/iptables-save": "xtables-nft-multi",
    "sbin/iptables-restore": "xtables-nft-multi",
    "sbin/ip6tables": "xtables-nft-multi",
    "sbin/ip6tables-save": "xtables-nft-multi",
    "sbin/ip6tables-restore": "xtables-nft-multi",
}

# A fresh machine knows no packages yet, or has forgotten which versions there are.
TRY_TWICE = '"$@" || { apt-get update && "$@"; }'

ADVICE = "see whether a mirror of Debian's packages can be reached"


def unpacked() -> Path:
    """A folder to be laid over /usr, fetched unless it exists.

    Raises:
        StepFailed: there is no apt, or it could not fetch the packages.
    """
    folder = CACHE / f"packages-{_digest()}" / "usr"
    if not folder.exists():
        with exclusive(CACHE / "packages.lock", "another fetch of the node's packages"):
            if not folder.exists():
                _fetch(folder.parent)
    return folder


def _digest() -> str:
    return hashlib.sha256(repr((PACKAGES, ALTERNATIVES)).encode()).hexdigest()[:12]


def _fetch(folder: Path) -> None:
    if not shutil.which("apt-get"):
        cause = "containerd and its tools come from Debian's packages, and there is no apt"
        raise StepFailed("fetch packages", cause, advice="use a Debian machine")
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        archives, root = Path(scratch) / "archives", Path(scratch) / "root"
        (archives / "partial").mkdir(parents=True)
        progress.run(
            "fetching containerd, runc and their tools",
            ["/bin/sh", "-c", TRY_TWICE, "sh", *_download(archives), *PACKAGES],
            log=CACHE / "packages.log",
            env={"DEBIAN_FRONTEND": "noninteractive"},
            advice=ADVICE,
        )
        _unpack(archives.glob("*.deb"), root)
        folder.mkdir(parents=True, exist_ok=True)
        (root / "usr").rename(folder / "usr")


def _download(archives: Path) -> list[str]:
    """Fetch what is named even if it is installed, and of its dependencies what is not."""
    return [
        *("apt-get", "install", "--yes", "--download-only", "--reinstall"),
        *("--no-install-recommends", "-o", f"Dir::Cache::archives={archives}"),
        *("-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=true"),
    ]


def _unpack(archives: Iterable[Path], root: Path) -> None:
    for archive in archives:
        subprocess.run(["dpkg-deb", "--extract", archive, root], check=True, timeout=120)
    for name in ("lib", "bin", "sbin"):  # one folder with its namesake below /usr
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
    for name, target in ALTERNATIVES.items():
        link = root / "usr" / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
