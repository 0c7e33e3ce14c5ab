"""The Deployment: pods that lose no request when they come, go or share a node."""

from __future__ import annotations

from typing import Any

import pytest

from tests import apps
from tests.apps import children, container, template
from tests.oracles import unrestricted


def deployment(**spec: Any) -> dict[str, Any]:
    """The Deployment's spec."""
    found: dict[str, Any] = children(apps.app(**spec))["Deployment"]["spec"]
    return found


def test_no_old_pod_leaves_before_a_new_one_is_ready() -> None:
    """Even a single pod is replaced without a gap."""
    rolling = deployment()["strategy"]["rollingUpdate"]

    assert rolling["maxUnavailable"] == 0
    assert rolling["maxSurge"] != 0


@pytest.mark.parametrize("replicas", [0, 1, 7])
def test_as_many_pods_as_asked_for(replicas: int) -> None:
    """Zero is a number, not an absence."""
    assert deployment(replicas=replicas)["replicas"] == replicas


def test_a_leaving_pod_serves_on() -> None:
    """Its callers need a while to learn that it leaves."""
    app = apps.app(health={"shutdown": {"drain": "20s", "grace": "1m"}})

    assert container(app)["lifecycle"] == {"preStop": {"sleep": {"seconds": 20}}}
    assert template(app)["spec"]["terminationGracePeriodSeconds"] == 60


def test_without_a_drain_there_is_no_hook() -> None:
    """The server refuses a sleep of zero on older clusters, and it would do nothing."""
    assert "lifecycle" not in container(apps.app(health={"shutdown": {"drain": "0s"}}))


def test_a_pod_has_time_left_after_draining() -> None:
    """The hook counts against the grace period."""
    app = apps.app()

    sleep = container(app)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep < template(app)["spec"]["terminationGracePeriodSeconds"]


@pytest.mark.parametrize(
    ("spread", "hosts"), [("Preferred", "ScheduleAnyway"), ("Required", "DoNotSchedule")]
)
def test_pods_are_spread_over_hosts_and_zones(spread: str, hosts: str) -> None:
    """Each rollout for itself; zones are a wish, for not every node has one."""
    constraints = template(apps.app(availability={"spread": spread}))["spec"][
        "topologySpreadConstraints"
    ]

    keys = [constraint["topologyKey"] for constraint in constraints]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert [each["whenUnsatisfiable"] for each in constraints] == [hosts, "ScheduleAnyway"]
    assert all(each["matchLabelKeys"] == ["pod-template-hash"] for each in constraints)


def test_spreading_can_be_switched_off() -> None:
    """A cluster with one node has nowhere to spread to."""
    spec = template(apps.app(availability={"spread": "Off"}))["spec"]

    assert "topologySpreadConstraints" not in spec


def test_what_the_user_says_about_pods_arrives() -> None:
    """Blocks of Kubernetes' own shape pass through as they were written."""
    said: dict[str, Any] = {
        "command": ["/app"],
        "args": ["--fast"],
        "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}},
        "envFrom": [{"secretRef": {"name": "database", "optional": False}}],
    }
    placed = {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}]}
    app = apps.app(
        **said,
        placement={**placed, "priorityClassName": "high"},
        imagePullSecrets=[{"name": "registry"}],
        podAnnotations={"example.com/owner": "shop"},
    )

    assert said.items() <= container(app).items()
    assert placed.items() <= template(app)["spec"].items()
    assert template(app)["spec"]["priorityClassName"] == "high"
    assert template(app)["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert template(app)["metadata"]["annotations"] == {"example.com/owner": "shop"}


def test_what_is_not_said_is_left_to_the_server() -> None:
    """An empty field would be a claim on it."""
    app = apps.app(ports=[], health={"shutdown": {"drain": "0s"}})
    silent = {"command", "args", "env", "envFrom", "ports", "resources", "lifecycle"}

    assert not silent & container(app).keys()
    assert not {name for name in container(app) if name.endswith("Probe")}
    assert "annotations" not in template(app)["metadata"]


def test_only_tmp_can_be_written() -> None:
    """A program that needs no more than scratch space needs no exception."""
    app = apps.app()
    [volume], [mount] = template(app)["spec"]["volumes"], container(app)["volumeMounts"]

    assert container(app)["securityContext"]["readOnlyRootFilesystem"] is True
    assert (volume["name"], mount["mountPath"]) == (mount["name"], "/tmp")  # noqa: S108
    assert "emptyDir" in volume


def test_pods_meet_the_restricted_standard() -> None:
    """The strictest of the Pod Security Standards."""
    assert unrestricted(template(apps.app())) == []
