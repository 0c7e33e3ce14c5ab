"""Building the programs that stand beside the control plane, each from a Go module of its own."""

from __future__ import annotations

import hashlib
import platform
from typing import TYPE_CHECKING

from tests.cluster import progress
from tests.cluster.build import ADVICE, GO_ENVIRONMENT
from tests.cluster.golang import find_go
from tests.cluster.locking import exclusive
from tests.cluster.paths import CACHE, HERE

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = {
    "helm": "helm.sh/helm/v4/cmd/helm",
    "actionlint": "github.com/rhysd/actionlint/cmd/actionlint",
    "coredns": "github.com/coredns/coredns",
    "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server",
}
JUDGES = ("helm", "actionlint")
"""Those that judge what is shipped, which every run of all tests needs."""

FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")


def tool(name: str) -> Path:
    """Build the program unless it exists, and return where it is.

    Raises:
        StepFailed: showing the end of the compiler's output.
    """
    return compiled(name, HERE / name, TOOLS[name])


def compiled(name: str, module: Path, package: str) -> Path:
    """Build a package of the Go module in this folder, static, once per state of its sources."""
    binary = CACHE / f"{name}-{_digest(module)}" / name
    if not binary.exists():
        with exclusive(CACHE / f"{name}.lock", f"another build of {name}"):
            if not binary.exists():
                _build(name, module, package, binary)
    return binary


def _build(name: str, module: Path, package: str, binary: Path) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    unfinished = binary.with_suffix(".unfinished")
    progress.run(
        name,
        [str(find_go()), "build", "-C", str(module), *FLAGS, "-o", str(unfinished), package],
        log=CACHE / f"{name}.log",
        env={**GO_ENVIRONMENT, "CGO_ENABLED": "0"},
        advice=ADVICE,
    )
    unfinished.rename(binary)


def _digest(module: Path) -> str:
    """What decides what the programs of a module are."""
    digest = hashlib.sha256(" ".join([*FLAGS, platform.system(), platform.machine()]).encode())
    for file in sorted({*module.glob("go.*"), *module.rglob("*.go")}):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
