"""Children on a real server: written, damaged and healed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.plan import FIELD_MANAGER, Action, Key, Known, plan
from tests.cluster.waiting import wait_until
from tests.unit.plan import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster import Cluster
    from tests.unit.plan.samples import Object

POD = "/spec/template/spec"
APP = f"{POD}/containers/0"
IN_APP = "spec.template.spec.containers[app]"
EDIT = "kubectl-edit"
CONFLICT = "the object has been modified"

# What is done to a child, for each kind but those whose every difference is checked by its path.
OTHER_DAMAGE: dict[str, tuple[Callable[[], Object], dict[str, Any]]] = {
    "budget": (
        samples.disruption_budget,
        {"/spec/maxUnavailable": None, "/spec/minAvailable": 1},
    ),
    "behavior": (samples.autoscaler, {"/spec/behavior": None}),
    "half a behavior": (
        samples.autoscaler,
        {"/spec/behavior/scaleUp/policies": [{"type": "Pods", "value": 1, "periodSeconds": 1}]},
    ),
    "the other half": (samples.autoscaler, {"/spec/behavior/scaleDown/selectPolicy": "Disabled"}),
    "bounds": (samples.autoscaler, {"/spec/minReplicas": 3, "/spec/maxReplicas": 9}),
    "metrics": (samples.autoscaler, {"/spec/metrics/0/containerResource/container": "x"}),
    "behavior and a floor": (
        samples.autoscaler,
        {"/spec/behavior": None, "/spec/minReplicas": 3},
    ),
    "strategy": (samples.claiming, {"/spec/strategy": {"type": "RollingUpdate"}}),
    "claim": (
        samples.claiming,
        {f"{POD}/volumes/1/persistentVolumeClaim/claimName": "other"},
    ),
    "claim of another kind": (
        samples.claiming,
        {f"{POD}/volumes/1": {"name": "data", "emptyDir": {}}},
    ),
    "sidecar gone": (samples.claiming, {f"{POD}/initContainers/0": None}),
    "sidecar that ends": (samples.claiming, {f"{POD}/initContainers/0/restartPolicy": None}),
    "steps": (
        samples.claiming,
        {f"{POD}/initContainers": [samples.companion("other"), samples.companion("step")]},
    ),
    "group": (samples.claiming, {f"{POD}/securityContext": None}),
    "types": (samples.network_policy, {"/spec/policyTypes": ["Egress"]}),
    "rules": (samples.network_policy, {"/spec/egress": [{}], "/spec/ingress": None}),
    "content": (samples.config_map, {"/data/LEVEL": None, "/data/A.b_c-d": "x"}),
    "all content": (samples.config_map, {"/data": None, "/binaryData": {"a": "eA=="}}),
    "token": (samples.service_account, {"/automountServiceAccountToken": None}),
}


@dataclass(frozen=True)
class Server:
    """One namespace of the server, as its writers see it."""

    cluster: Cluster
    namespace: str

    def apply(self, manifest: Object, manager: str = FIELD_MANAGER) -> Object:
        """Write by server-side apply."""
        return self._answer(
            "apply",
            "--server-side",
            "--force-conflicts",
            f"--field-manager={manager}",
            "--filename=-",
            input=json.dumps(manifest),
        )

    def patch(self, child: Object, operations: Any, manager: str) -> Object:
        """Write by JSON patch."""
        return self._answer(
            "patch",
            *_named(child),
            "--type=json",
            f"--field-manager={manager}",
            f"--patch={json.dumps(operations)}",
        )

    def get(self, child: Object) -> Object:
        """Read a child."""
        return self._answer("get", *_named(child))

    def kubectl(self, *args: str) -> None:
        """Do what a person would do."""
        self.cluster.kubectl(*args, "--namespace", self.namespace)

    def _answer(self, *args: str, input: str | None = None) -> Object:  # noqa: A002 as subprocess
        options = ("--namespace", self.namespace, "--output=json", "--show-managed-fields")
        answer: Object = json.loads(self.cluster.kubectl(*args, *options, input=input).stdout)
        return answer


def _named(child: Object) -> tuple[str, str]:
    return child["kind"], child["metadata"]["name"]


def fit(desired: Object) -> Object:
    """A child that the garbage collector leaves alone: its owner would have to exist."""
    del desired["metadata"]["ownerReferences"]
    return desired


def heal(server: Server, desired: Object) -> Object:
    """Bring a child back in the one write that a plan asks for, and return the answer.

    The controllers write its status meanwhile, so that a repair may have to be planned again.
    """
    answers: list[Object] = []

    def heals() -> bool:
        there = server.get(desired)
        [step] = plan([desired], {Key.of(desired): Known("1", content=there)}).steps
        try:
            repairing = step.action is Action.REPAIR
            answers.append(
                server.patch(desired, step.patch, FIELD_MANAGER)
                if repairing
                else server.apply(desired)
            )
        except AssertionError as error:
            if CONFLICT not in str(error):
                raise
        return bool(answers)

    wait_until(heals, "a repair without a conflict")
    return answers[0]


def operations(where: dict[str, Any]) -> list[Object]:
    """A JSON patch: None removes, an index replaces an item, everything else is set."""
    return [
        {"op": _verb(path, value), "path": path} | ({} if value is None else {"value": value})
        for path, value in where.items()
    ]


def _verb(path: str, value: object) -> str:
    if value is None:
        return "remove"
    return "replace" if path[-1].isdigit() else "add"
