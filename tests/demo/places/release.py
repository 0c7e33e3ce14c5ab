"""The operator as its users have it: installed by Helm, two replicas of which one leads."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from tests.chart import CHART
from tests.chart.helm import NAMESPACE, RELEASE, Helm, find
from tests.cluster import StepFailed, wait_until

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.demo.screen import Screen

LOG = f"kubectl logs -n {NAMESPACE} deployment/{RELEASE} -f"
HERE = f"--namespace={NAMESPACE}"


def install(kubectl: Kubectl, typed: str, image: str, screen: Screen) -> None:
    """Install the chart or upgrade it, and show what there is then."""
    screen.step("The operator, installed by Helm")
    helm = Helm(find(), kubectl.kubeconfig)
    repository, _, tag = image.rpartition(":")
    lines = (
        ("upgrade", "--install", RELEASE, os.path.relpath(CHART), HERE, "--create-namespace"),
        ("--set", f"image.repository={repository}", "--set", f"image.tag={tag}", "--wait"),
    )
    screen.command(" \\\n    ".join(["helm " + " ".join(lines[0]), " ".join(lines[1])]))
    done = helm(*lines[0], *lines[1], "--timeout=110s", check=False)
    if done.returncode:
        advice = f"see `{typed} get pods,events {HERE}`, or start again after `make down`"
        raise StepFailed("install the chart", done.stderr.strip(), advice=advice)
    leader = wait_until(lambda: _leader(kubectl), "one of the operators to lead")
    screen.done(f"ready; {leader} leads, the other stands by")
    _show(helm, kubectl, typed, screen)


def _show(helm: Helm, kubectl: Kubectl, typed: str, screen: Screen) -> None:
    options = ("list", HERE, "--time-format=15:04:05")
    screen.command(f"helm {' '.join(options)}")
    screen.detail(re.sub(r" *\t", "  ", helm(*options).stdout))
    for kind in ("pods", "leases"):
        screen.command(f"{typed} get {kind} {HERE}")
        screen.detail(kubectl("get", kind, HERE).stdout)


def _leader(kubectl: Kubectl) -> str:
    holder = "jsonpath={.spec.holderIdentity}"
    return kubectl("get", "lease", RELEASE, HERE, "-o", holder, "--ignore-not-found").stdout
