"""The PodDisruptionBudget: drains wait for pods that serve, and for no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests import apps
from tests.apps import children


@pytest.mark.parametrize("said", [{"minAvailable": "50%"}, {"maxUnavailable": 2}])
def test_the_budget_is_the_users(said: dict[str, Any]) -> None:
    """One bound, as it was written; the server refuses both."""
    spec = children(apps.app(availability=said))["PodDisruptionBudget"]["spec"]

    assert said.items() <= spec.items()
    assert len({"minAvailable", "maxUnavailable"} & spec.keys()) == 1


def test_a_pod_that_is_not_well_holds_up_no_drain() -> None:
    """A crash loop must not keep a node from being emptied."""
    spec = children(apps.app(replicas=2))["PodDisruptionBudget"]["spec"]

    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
