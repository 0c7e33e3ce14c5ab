"""The operator as users have it: installed by Helm, with the rights of its chart and no others."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.chart import CHART
from tests.chart.helm import NAMESPACE, RELEASE
from tests.cluster import Node, wait_until
from tests.e2e.images import OPERATOR
from tests.e2e.workloads import ENFORCED
from tests.integration.rights import denied
from tests.integration.world import USER

if TYPE_CHECKING:
    from tests.chart.helm import Helm
    from tests.e2e.bed import Bed
    from tests.e2e.diary import Diary
    from tests.e2e.workloads import Manifest

WHERE = f"--namespace={NAMESPACE}"
HOME: Manifest = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": NAMESPACE, "labels": ENFORCED},
}
REPOSITORY, _, TAG = OPERATOR.rpartition(":")
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
LEASE = f"{LEASES}/{RELEASE}"


@dataclass
class Release:
    """The release of the chart, and words for what its pods do."""

    bed: Bed
    helm: Helm
    diary: Diary
    seconds_to_ready: float = 0
    denied: set[str] = field(default_factory=set)
    """What its rights were too few for, as far as the audit log of our own node tells."""
    _since: int = 0

    # ------------------------------------------------------------------ what Helm does

    def install(self, **values: Any) -> None:
        """Install the chart, or upgrade it to these values, and wait as a user would."""
        image = {"repository": REPOSITORY, "tag": TAG}
        command = ("upgrade", "--install", RELEASE, str(CHART), WHERE, "--wait", "--timeout=100s")
        self.helm(*command, values={"image": image, **values})

    def rollback(self, revision: int = 0) -> None:
        """Go back to a revision; to the one before when it is 0."""
        command = ("rollback", RELEASE, str(revision), WHERE, "--wait", "--timeout=100s")
        self.helm(*command)

    def uninstall(self) -> None:
        """Remove all that the chart has brought, but the definition."""
        self._note_denied()
        self.helm("uninstall", RELEASE, WHERE, "--ignore-not-found", "--wait")
        self.settled(0)
        self._note_since()

    def test(self) -> str:
        """What `helm test` says."""
        return self.helm("test", RELEASE, WHERE, "--timeout=100s").stdout

    def _note_denied(self) -> None:
        """Until now its rights were those of the chart; an uninstallation takes them first."""
        if isinstance(self.bed, Node):
            requests = self.bed.audit.requests(since=self._since, user=USER)
            assert requests
            self.denied.update(denied(requests))

    def _note_since(self) -> None:
        if isinstance(self.bed, Node):
            self._since = self.bed.audit.mark()

    # ------------------------------------------------------------------ what runs

    def pods(self) -> list[Manifest]:
        """The operator's pods that are not about to end."""
        return [pod for pod in self.diary.pods() if "deletionTimestamp" not in pod["metadata"]]

    def holder(self) -> str:
        """Whose the Lease is; empty if it is nobody's."""
        code, lease = self.bed.api.request("GET", LEASE)
        return str(lease["spec"].get("holderIdentity", "")) if code == 200 else ""

    def lease(self) -> Manifest:
        """The Lease, which exists."""
        code, lease = self.bed.api.request("GET", LEASE)
        assert code == 200, lease
        found: Manifest = lease
        return found

    def tenures(self, since: str) -> list[Manifest]:
        """What the Lease has said, write by write, since it had this version."""
        which = f"fieldSelector=metadata.name={RELEASE}&resourceVersion={since}"
        path = f"{LEASES}?watch=true&timeoutSeconds=2&{which}"
        code, told = self.bed.api.request("GET", path)
        assert code == 200, told
        return [json.loads(line)["object"]["spec"] for line in told.splitlines()]

    def leader(self) -> str:
        """The pod that acts, as soon as one of those that are there does."""
        names = {pod["metadata"]["name"] for pod in self.pods()}
        return wait_until(lambda: self.holder() if self.holder() in names else "", "a leader")

    def scale(self, replicas: int) -> None:
        """Have so many operators, and wait until it is so."""
        command = ("scale", f"deployment/{RELEASE}", f"--replicas={replicas}", "-n", NAMESPACE)
        self.bed.kubectl(*command)
        self.settled(replicas)

    def leave(self) -> None:
        """Have no operator at all."""
        self.scale(0)

    def expects_restart(self, pod: str) -> None:
        """The next restart of this pod is a test's doing."""
        self.diary.expected.add(pod)

    def settled(self, replicas: int = 2) -> None:
        """Wait until so many operators are ready, and no other is left."""

        def met() -> bool:
            pods = self.diary.pods()
            return len(pods) == replicas and all(map(_ready, pods))

        wait_until(met, f"{replicas} operators", 100, 0.2)

    def said(self, pod: str) -> list[dict[str, Any]]:
        """The lines of a pod's log."""
        told = self.bed.kubectl("logs", pod, "-n", NAMESPACE).stdout.splitlines()
        return [json.loads(line) for line in told if line.startswith("{")]

    def metrics(self, pod: str) -> str:
        """What a scrape of a pod yields."""
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}:8080/proxy/metrics"
        code, told = self.bed.api.request("GET", path)
        assert code == 200, told
        return str(told)


def _ready(pod: Manifest) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
