"""The operator's own pods, and the first thing that everybody does with it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tests.chart.helm import NAMESPACE
from tests.cluster import Node, wait_until
from tests.cluster.paths import ROOT
from tests.e2e.images import V1

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.bed import Bed
    from tests.e2e.place import Place
    from tests.e2e.release import Release

GOAL_SECONDS = 45


def test_the_first_example_of_the_readme_becomes_ready(
    bed: Bed, operator: Release, place: Place, figure: Callable[[str], None]
) -> None:
    """The four lines that everybody reads first run as they stand, soon after there was nothing."""
    readme = (ROOT / "README.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)[0]
    [image] = re.findall(r"image: ([^}\s]+)", example)
    if isinstance(bed, Node):
        bed.tag(V1, image)
    else:
        example = example.replace(image, V1)

    began = time.monotonic()
    bed.apply(example, place.namespace)
    place.ready("orders")
    took = time.monotonic() - began

    place.serves("orders", "v1")
    figure(f"first example of the README Ready after {took:.1f} s more")
    if isinstance(bed, Node):
        assert bed.seconds_to_ready + operator.seconds_to_ready + took < GOAL_SECONDS


def test_the_operator_is_admitted_where_only_restricted_pods_are(operator: Release) -> None:
    """Nobody's user, a root that nobody can write to, no capability, and still it works."""
    operator.settled()

    for pod in operator.pods():
        [container] = pod["spec"]["containers"]
        security = container["securityContext"]
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert security["readOnlyRootFilesystem"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert not security["allowPrivilegeEscalation"]


def test_the_operator_ends_at_once_when_asked(operator: Release) -> None:
    """A drain of its node never waits for the grace period."""
    operator.settled()
    name = operator.leader()

    operator.bed.kubectl("delete", "pod", name, "-n", NAMESPACE, "--wait=false")

    gone = wait_until(
        lambda: operator.bed.get("pod", name, NAMESPACE) is None, "the pod to be gone", 15
    )
    assert gone
    operator.settled()
