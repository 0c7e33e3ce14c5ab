"""The autoscaler and the Deployment agree on who decides how many pods run."""

from __future__ import annotations

from typing import Any

from tests import apps
from tests.apps import children

REQUESTS = {"requests": {"cpu": "100m"}}


def scaled(**spec: Any) -> dict[str, Any]:
    """The children of an app that an autoscaler scales."""
    return children(apps.app(**{"resources": REQUESTS, "scaling": {}, **spec}))


def test_it_scales_the_deployment_and_the_deployment_lets_it() -> None:
    """Two writers of one number would fight."""
    there = scaled(replicas=3)
    deployment, autoscaler = there["Deployment"], there["HorizontalPodAutoscaler"]

    target = autoscaler["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == (deployment["kind"], deployment["metadata"]["name"])
    assert target["apiVersion"] == deployment["apiVersion"]
    assert "replicas" not in deployment["spec"]


def test_without_scaling_the_deployment_keeps_its_number() -> None:
    """None of it is left, not even at no pods."""
    there = children(apps.app(replicas=0))

    assert there["Deployment"]["spec"]["replicas"] == 0
    assert "HorizontalPodAutoscaler" not in there


def test_the_pace_is_passed_on_as_it_was_written() -> None:
    """What is not asked for is left to the server."""
    behavior = {"scaleDown": {"selectPolicy": "Disabled"}}

    asked = scaled(scaling={"behavior": behavior})["HorizontalPodAutoscaler"]

    assert asked["spec"]["behavior"] == behavior
    assert "behavior" not in scaled()["HorizontalPodAutoscaler"]["spec"]


def test_the_pods_are_the_same_with_and_without_it() -> None:
    """Switching it on restarts nothing."""
    with_it, without = scaled(), children(apps.app(resources=REQUESTS))

    assert with_it["Deployment"]["spec"]["template"] == without["Deployment"]["spec"]["template"]
