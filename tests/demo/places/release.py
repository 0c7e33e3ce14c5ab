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

HERE = f"--namespace={NAMESPACE}"
LOG = f"logs {HERE} --selector=app.kubernetes.io/name={RELEASE} --prefix -f"


def install(kubectl: Kubectl, typed: str, image: str, screen: Screen) -> None:
    """Install the chart or upgrade it, and show what there is then."""
    screen.step("The operator, installed by Helm")
    helm = Helm(find(), kubectl.kubeconfig)
    repository, _, tag = image.rpartition(":")
    lines = (
        f"upgrade --install {RELEASE} {os.path.relpath(CHART)} --wait",
        f"{HERE} --create-namespace",
        f"--set image.repository={repository},image.tag={tag}",
    )
    screen.command(f"helm {lines[0]}", *lines[1:])
    done = helm(*" ".join(lines).split(), "--timeout=110s", check=False)
    if done.returncode:
        advice = f"see `{typed} get pods,events {HERE}`, or start again after `make down`"
        raise StepFailed("install the chart", done.stderr.strip(), advice=advice)
    leader = wait_until(lambda: _leader(kubectl), "one of the operators to lead")
    screen.done(f"ready; {leader} leads, the other stands by")
    _show(helm, kubectl, typed, screen)


def _show(helm: Helm, kubectl: Kubectl, typed: str, screen: Screen) -> None:
    options = ("list", HERE, "--time-format=15:04:05")
    screen.command(f"helm {' '.join(options)}")
    screen.detail(_aligned(helm(*options).stdout))
    for kind in ("pods", "leases"):
        screen.command(f"{typed} get {kind} {HERE}")
        screen.detail(kubectl("get", kind, HERE).stdout)


def _aligned(table: str) -> str:
    """Helm's table, whose columns are as wide as their longest cell and no wider."""
    rows = [[cell.strip() for cell in line.split("\t")] for line in table.splitlines()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _leader(kubectl: Kubectl) -> str:
    holder = "jsonpath={.spec.holderIdentity}"
    return kubectl("get", "lease", RELEASE, HERE, "-o", holder, "--ignore-not-found").stdout
