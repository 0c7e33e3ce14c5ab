"""Building the control plane from its pinned Go modules, once per set of pins."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
import time
from typing import TYPE_CHECKING

from tests.cluster import progress
from tests.cluster.golang import find_go
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, HERE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    "kwok": "sigs.k8s.io/kwok/cmd/kwok",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "kubelet": "k8s.io/kubernetes/cmd/kubelet",
    "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
}

# What a cluster without a real node needs; the rest is built when somebody asks for it.
LIGHT = tuple(name for name in PACKAGES if name not in {"kubelet", "kube-proxy"})

GO_ENVIRONMENT = {"GOTOOLCHAIN": "local", "GOWORK": "off"}

ADVICE = (
    "see whether the Go module proxy is reachable and the disk has 5 GB left, then run "
    "`python -m tests.cluster build` again: what was compiled is kept"
)


def build(names: Sequence[str] = LIGHT) -> Path:
    """Build the named binaries unless they exist, and return the folder that holds them.

    Safe to be called by several processes at once: the later ones wait and find all done.

    Raises:
        StepFailed: naming the binary and showing the end of the compiler's output.
    """
    folder = _folder()
    if _missing(folder, names):
        with exclusive(folder.parent / "lock", "another build of the control plane"):
            _build_all(folder, _missing(folder, names))
    return folder


def _missing(folder: Path, names: Sequence[str]) -> list[str]:
    return [name for name in names if not (folder / name).exists()]


def _build_all(folder: Path, names: list[str]) -> None:
    if not names:
        return
    folder.mkdir(parents=True, exist_ok=True)
    go = find_go()
    started = time.monotonic()
    for number, name in enumerate(names, start=1):
        _build_one(go, name, folder, f"[{number}/{len(names)}] {name}")
    print(f"control plane built in {time.monotonic() - started:.0f} s", file=sys.stderr)


def _build_one(go: Path, name: str, folder: Path, label: str) -> None:
    unfinished = folder / f".{name}.unfinished"
    progress.run(
        label,
        [str(go), "build", "-C", str(HERE), *_flags(), "-o", str(unfinished), PACKAGES[name]],
        log=folder.parent / f"{name}.log",
        env=GO_ENVIRONMENT,
        advice=ADVICE,
    )
    unfinished.rename(folder / name)


def _folder() -> Path:
    """A folder named after all that decides what the binaries are."""
    digest = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        digest.update((HERE / file).read_bytes())
    digest.update(" ".join([*_flags(), platform.system(), platform.machine()]).encode())
    return CACHE / digest.hexdigest()[:12] / "bin"


def _flags() -> list[str]:
    """Without the version the server calls itself v0.0.0, and clients believe it."""
    pin = r"^require k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)$"
    found = re.search(pin, (HERE / "go.mod").read_text(), re.MULTILINE)
    assert found, "go.mod pins k8s.io/kubernetes on a line of its own"
    values = zip(("gitVersion", "gitMajor", "gitMinor"), found.groups(), strict=True)
    stamps = [
        f"-X k8s.io/{module}/version.{name}={value}"
        for name, value in values
        for module in ("component-base", "client-go/pkg")
    ]
    return ["-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags=-s -w {' '.join(stamps)}"]
