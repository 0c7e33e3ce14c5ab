"""What is kept of Deployments and autoscalers: whose the number of pods is, and who is blind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.model.kinds import AUTOSCALER, DEPLOYMENT
from tests.unit.cluster.objects import child, raw

if TYPE_CHECKING:
    from microservice_operator.cluster.store import Store
    from tests.unit.cluster.objects import Woken

OURS, BETWEEN = "microservice-operator", "microservice-operator/handover"


def writer(manager: str, operation: str, field: str = "f:replicas", **more: str) -> dict[str, Any]:
    """An entry of `managedFields`."""
    fields: dict[str, Any] = {"f:spec": {field: {}}}
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def active(status: str, reason: str) -> dict[str, Any]:
    """An autoscaler's status, with messages that change all the time."""
    return {
        "currentReplicas": 3,
        "conditions": [
            {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
            {"type": "ScalingActive", "status": status, "reason": reason, "message": "7 of 9"},
        ],
    }


@pytest.mark.parametrize(
    ("writers", "held"),
    [
        ([writer(OURS, "Apply")], 4),
        ([writer(OURS, "Update")], 4),
        ([writer("kubectl", "Update"), writer(OURS, "Apply")], 4),
        ([writer(OURS, "Apply", "f:paused")], None),
        ([writer(OURS, "Update", subresource="scale")], None),
        ([writer(BETWEEN, "Apply")], None),
        ([{"manager": OURS, "operation": "Apply", "fieldsV1": {"f:metadata": {}}}], None),
        ([], None),
    ],
    ids=["apply", "repair", "shared", "other field", "scale", "between", "metadata", "nobody"],
)
def test_the_number_of_pods_is_ours_by_apply_or_repair(
    writers: list[dict[str, Any]], held: int | None
) -> None:
    """It is kept beside the child, for its bytes are dropped."""
    found = child(kind=DEPLOYMENT, spec={"replicas": 4}, managedFields=writers)

    assert found.held == held


@pytest.mark.parametrize(
    ("status", "blind"),
    [
        (None, ""),
        ({}, ""),
        ({"conditions": None}, ""),
        (active("True", "ValidMetricFound"), ""),
        (active("False", "ScalingDisabled"), "ScalingDisabled"),
        (active("False", "FailedGetContainerResourceMetric"), "FailedGetContainerResourceMetric"),
    ],
    ids=str,
)
def test_an_autoscaler_says_why_it_does_not_decide(
    status: dict[str, Any] | None, blind: str
) -> None:
    """Nothing is said by one that has not looked yet."""
    assert child(kind=AUTOSCALER, status=status).blind == blind


def test_only_blindness_and_its_end_are_news(store: Store, woken: Woken) -> None:
    """An autoscaler writes its status every 15 seconds."""
    store.seen(AUTOSCALER, raw(version=1, status=active("False", "FailedGetResourceMetric")))
    store.seen(AUTOSCALER, raw(version=2, status=active("True", "ValidMetricFound")))
    woken.clear()

    store.seen(AUTOSCALER, raw(version=3, status=active("True", "ValidMetric")))
    assert woken.read() == set()

    store.seen(AUTOSCALER, raw(version=4, status=active("False", "FailedGetResourceMetric")))
    assert woken.read() == {"shop/orders"}
    there = store.at(AUTOSCALER.name, "shop", "orders")
    assert there
    assert there.blind == "FailedGetResourceMetric"


def test_a_change_of_hands_is_noted_and_wakes_nobody(store: Store, woken: Woken) -> None:
    """It is no change of what is desired."""
    facts: dict[str, Any] = {"spec": {"replicas": 4}}
    store.seen(DEPLOYMENT, raw(version=1, managedFields=[writer(OURS, "Apply")], **facts))
    woken.clear()

    store.seen(DEPLOYMENT, raw(version=2, managedFields=[writer(BETWEEN, "Apply")], **facts))

    assert woken.read() == set()
    there = store.at(DEPLOYMENT.name, "shop", "orders")
    assert there
    assert there.held is None
