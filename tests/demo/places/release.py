"""The operator as its users have it: installed by Helm, two replicas of which one leads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.chart import CHART
from tests.chart.helm import NAMESPACE, RELEASE, Helm, find
from tests.cluster import StepFailed, wait_until

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.demo.screen import Screen

HERE = ("-n", NAMESPACE)
OURS = ("-l", f"app.kubernetes.io/name={RELEASE}")
DEPLOYMENT = f"deployment/{RELEASE}"
LOG = " ".join(("logs", *HERE, *OURS, "--prefix", "-f"))


def install(kubectl: Kubectl, typed: str, image: str, screen: Screen, *options: str) -> None:
    """Install the chart or upgrade it, with further options, and show what there is then."""
    screen.step("The operator, installed by Helm")
    helm = Helm(find(), kubectl.kubeconfig)
    before = _pods(kubectl)
    _upgrade(helm, typed, image, screen, *options)
    if before:  # the image may have changed, and its name has not
        screen.command(f"{typed} rollout restart {' '.join(HERE)} {DEPLOYMENT}")
        kubectl("rollout", "restart", *HERE, DEPLOYMENT)
        kubectl("rollout", "status", *HERE, DEPLOYMENT, "--timeout=100s", timeout=110)
    leader = wait_until(lambda: _leader(kubectl) - before, "one of the operators to lead", 60)
    screen.done(f"ready; {leader.pop()} leads, the other stands by")
    _show(helm, kubectl, typed, screen)


def _upgrade(helm: Helm, typed: str, image: str, screen: Screen, *options: str) -> None:
    repository, _, tag = image.rpartition(":")
    lines = (
        f"upgrade --install {RELEASE} {os.path.relpath(CHART)} --wait",
        f"{' '.join(HERE)} --create-namespace",
        f"--set image.repository={repository},image.tag={tag}",
        *options,
    )
    screen.command(f"helm {lines[0]}", *lines[1:])
    done = helm(*" ".join(lines).split(), "--timeout=110s", check=False)
    if done.returncode:
        advice = f"see `{typed} get pods,events {' '.join(HERE)}`, or begin anew after `make down`"
        raise StepFailed("install the chart", done.stderr.strip(), advice=advice)


def _show(helm: Helm, kubectl: Kubectl, typed: str, screen: Screen) -> None:
    options = ("list", *HERE, "--time-format=15:04:05")
    screen.command(f"helm {' '.join(options)}")
    screen.detail(_aligned(helm(*options).stdout))
    for kind in ("pods", "leases"):
        screen.command(f"{typed} get {kind} {' '.join(HERE)}")
        screen.detail(kubectl("get", kind, *HERE).stdout)


def _aligned(table: str) -> str:
    """Helm's table, whose columns are as wide as their longest cell and no wider."""
    rows = [[cell.strip() for cell in line.split("\t")] for line in table.splitlines()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _pods(kubectl: Kubectl) -> set[str]:
    names = "jsonpath={.items[*].metadata.name}"
    return set(kubectl("get", "pods", *HERE, *OURS, "-o", names).stdout.split())


def _leader(kubectl: Kubectl) -> set[str]:
    """The name of the pod that leads, if one does."""
    holder = "jsonpath={.spec.holderIdentity}"
    asked = ("get", "lease", RELEASE, *HERE, "-o", holder, "--ignore-not-found")
    return set(kubectl(*asked).stdout.split())
