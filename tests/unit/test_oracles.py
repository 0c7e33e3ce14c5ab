"""The oracles can say no: one that only agrees would judge nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests import apps
from tests.oracles import kstatus, kubectl_wait, unrestricted


def thing(generation: int = 2, **status: Any) -> dict[str, Any]:
    """An object with a status."""
    return {"metadata": {"generation": generation}, "status": status}


def answers(**statuses: str) -> list[dict[str, Any]]:
    """Conditions with these statuses."""
    return [{"type": kind, "status": status} for kind, status in statuses.items()]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({}, "Current"),
        ({"observedGeneration": 1, "conditions": answers(Ready="True")}, "InProgress"),
        ({"observedGeneration": 2, "conditions": answers(Ready="True")}, "Current"),
        ({"conditions": answers(Ready="Unknown")}, "InProgress"),
        ({"conditions": answers(Ready="True", Stalled="True")}, "Failed"),
        ({"conditions": answers(Stalled="True", Reconciling="True")}, "InProgress"),
        ({"conditions": answers(Stalled="False", Reconciling="False")}, "Current"),
    ],
)
def test_kstatus_asks_in_its_order(status: dict[str, Any], verdict: str) -> None:
    """Generation, Reconciling, Stalled, Ready."""
    assert kstatus(thing(**status)) == verdict


def test_kstatus_sees_a_deletion_first() -> None:
    """What goes away will not become ready."""
    leaving = thing(conditions=answers(Ready="True"))
    leaving["metadata"]["deletionTimestamp"] = "2026-11-05T10:00:00Z"

    assert kstatus(leaving) == "Terminating"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({}, False),
        ({"conditions": answers(Ready="False")}, False),
        ({"conditions": answers(Applied="True", ready="True")}, True),
        ({"observedGeneration": 1, "conditions": answers(Ready="True")}, False),
        (
            {
                "observedGeneration": 1,
                "conditions": [{"type": "Ready", "status": "True", "observedGeneration": 2}],
            },
            True,
        ),
    ],
)
def test_kubectl_waits_for_the_generation_that_it_sees(
    status: dict[str, Any], *, verdict: bool
) -> None:
    """The condition's own generation counts before that of the status."""
    assert kubectl_wait(thing(**status)) is verdict


DEFECTS: dict[str, dict[str, Any]] = {
    "may escalate": {"allowPrivilegeEscalation": True},
    "is privileged": {"privileged": True},
    "as root": {"runAsNonRoot": False},
    "may run as root": {"runAsUser": 0},
    "no seccomp": {"seccompProfile": {"type": "Unconfined"}},
    "keeps capabilities": {"capabilities": {"drop": ["NET_RAW"]}},
    "adds capabilities": {"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}},
}


@pytest.mark.parametrize("complaint", DEFECTS)
def test_the_standard_refuses_a_loose_container(complaint: str) -> None:
    """Each rule of the standard finds its defect, and nothing else."""
    pod = copy.deepcopy(apps.template(apps.app()))
    pod["spec"]["containers"][0]["securityContext"] |= DEFECTS[complaint]

    [found] = unrestricted(pod)

    assert complaint in found


def test_the_standard_refuses_what_belongs_to_the_host() -> None:
    """Its network, its ports and its files."""
    pod = copy.deepcopy(apps.template(apps.app()))
    pod["spec"]["hostNetwork"] = True
    pod["spec"]["volumes"].append({"name": "root", "hostPath": {"path": "/"}})
    pod["spec"]["containers"][0]["ports"].append({"containerPort": 1, "hostPort": 1})

    assert len(unrestricted(pod)) == 3
