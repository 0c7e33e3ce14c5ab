"""Building the programs that stand beside the control plane, from Go modules of their own."""

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
    "promtool": "github.com/prometheus/prometheus/cmd/promtool",
    "istioctl": "istio.io/istio/istioctl/cmd/istioctl",
    "pilot-agent": "istio.io/istio/pilot/cmd/pilot-agent",
    "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
}
MODULES = {
    "istioctl": "istio",
    "pilot-agent": "istio",
    "pilot-discovery": "istio",
    "promtool": "prometheus",
}
"""Whose module is called otherwise, because it is not theirs alone."""

TAGS = {"istio": ("-tags=disable_pgv",), "prometheus": ("-tags=remove_all_sd",)}
"""As Istio's own releases have it: half of the code of its API is checks that nobody makes. And who
judges rules discovers nothing: without it, Prometheus is made of the clients of every cloud."""

JUDGES = ("helm", "actionlint", "promtool")
"""Those that judge what is shipped, which every run of all tests needs."""

FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")


def tool(name: str) -> Path:
    """Build the program unless it exists, and return where it is.

    Raises:
        StepFailed: showing the end of the compiler's output.
    """
    module = HERE / MODULES.get(name, name)
    return compiled(name, module, TOOLS[name], *TAGS.get(module.name, ()))


def compiled(name: str, module: Path, package: str, *further: str) -> Path:
    """Build a package of the Go module in this folder, static, once per state of its sources."""
    flags = (*FLAGS, *further)
    binary = CACHE / f"{name}-{_digest(module, flags)}" / name
    if not binary.exists():
        with exclusive(CACHE / f"{name}.lock", f"another build of {name}"):
            if not binary.exists():
                _build(name, ["-C", str(module), *flags], package, binary)
    return binary


def _build(name: str, flags: list[str], package: str, binary: Path) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    unfinished = binary.with_suffix(".unfinished")
    progress.run(
        name,
        [str(find_go()), "build", *flags, "-o", str(unfinished), package],
        log=CACHE / f"{name}.log",
        env={**GO_ENVIRONMENT, "CGO_ENABLED": "0"},
        advice=ADVICE,
    )
    unfinished.rename(binary)


def _digest(module: Path, flags: tuple[str, ...]) -> str:
    """What decides what the programs of a module are."""
    digest = hashlib.sha256(" ".join([*flags, platform.system(), platform.machine()]).encode())
    for file in sorted({*module.glob("go.*"), *module.rglob("*.go")}):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
