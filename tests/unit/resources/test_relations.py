"""What the children of one app are to each other, and what an edit of the spec does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import apps
from tests.apps import children, container, template

if TYPE_CHECKING:
    from microservice_operator.model import App

MANY = [
    {"name": "web", "port": 80, "targetPort": 8080},
    {"name": "admin", "port": 81, "targetPort": 8080},
    {"name": "grpc", "port": 9090, "protocol": "GRPC"},
]
VARIED = [
    {},
    {"ports": []},
    {"ports": MANY, "replicas": 3},
    {"version": "v9", "podLabels": {"team": "shop"}},
    {"replicas": 2, "availability": {"spread": "Required", "minAvailable": 1}},
]


def service_ports(app: App) -> list[dict[str, Any]]:
    """The ports of the Service."""
    found: list[dict[str, Any]] = children(app)["Service"]["spec"]["ports"]
    return found


def port_numbers(app: App) -> dict[str, int]:
    """The container's ports by name."""
    return {port["name"]: port["containerPort"] for port in container(app)["ports"]}


def selectors(app: App) -> list[dict[str, str]]:
    """Everything by which some child selects pods."""
    there = children(app)
    spec = there["Deployment"]["spec"]
    found = [spec["selector"]["matchLabels"]]
    found += [
        constraint["labelSelector"]["matchLabels"]
        for constraint in spec["template"]["spec"].get("topologySpreadConstraints", ())
    ]
    if "Service" in there:
        found.append(there["Service"]["spec"]["selector"])
    if "PodDisruptionBudget" in there:
        found.append(there["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"])
    return found


@pytest.mark.parametrize("spec", VARIED)
def test_whatever_selects_pods_selects_the_apps_pods(spec: dict[str, Any]) -> None:
    """And by labels that never change: a selector cannot."""
    app = apps.app(**spec)
    labels = template(app)["metadata"]["labels"]

    for selector in selectors(app):
        assert selector.items() <= labels.items()
        assert selector == selectors(apps.app())[0]
        assert not selector.keys() & {"version", "app.kubernetes.io/version", *app.pod_labels}


def test_two_apps_never_select_each_others_pods() -> None:
    """Also when one is called like a prefix of the other."""
    orders, archive = apps.app("orders"), apps.app("orders-archive")

    for selector in selectors(orders):
        assert not selector.items() <= template(archive)["metadata"]["labels"].items()


def test_the_service_finds_its_ports_among_the_containers() -> None:
    """A name that no container has would leave the Service without endpoints."""
    app = apps.app(ports=MANY)
    names = port_numbers(app)

    assert [names[port["targetPort"]] for port in service_ports(app)] == [8080, 8080, 9090]


def test_renaming_a_port_moves_no_traffic() -> None:
    """Neither side of the match between Service and pods may change."""
    before = apps.app(ports=[{"name": "web", "port": 80, "targetPort": 8080}])
    after = apps.app(ports=[{"name": "www", "port": 80, "targetPort": 8080}])

    assert [port["targetPort"] for port in service_ports(before)] == [
        port["targetPort"] for port in service_ports(after)
    ]
    assert template(before) == template(after)


def test_a_changed_target_port_changes_only_the_number_behind_the_name() -> None:
    """So old pods are still found by the old number, and new ones by the new."""
    before = apps.app(ports=[{"name": "web", "port": 80, "targetPort": 8080}])
    after = apps.app(ports=[{"name": "web", "port": 80, "targetPort": 9000}])

    assert children(before)["Service"] == children(after)["Service"]
    assert port_numbers(before).keys() == port_numbers(after).keys()
    assert set(port_numbers(after).values()) == {9000}


def test_a_new_version_touches_only_the_pod_template() -> None:
    """Nothing that outlives a rollout carries the version."""
    before, after = children(apps.app(version="v1")), children(apps.app(version="v2"))
    for deployment in (before["Deployment"], after["Deployment"]):
        assert deployment["spec"].pop("template")["metadata"]["labels"]["version"]

    assert before == after


def test_the_pods_run_as_the_service_account_that_is_made() -> None:
    """A pod whose account is missing is never created."""
    there = children(apps.app())

    account = there["ServiceAccount"]["metadata"]["name"]
    assert template(apps.app())["spec"]["serviceAccountName"] == account


def test_a_token_is_mounted_by_the_pod_and_not_by_the_account() -> None:
    """Whatever else uses the account decides for itself."""
    app = apps.app(serviceAccountToken="Mounted")

    assert children(app)["ServiceAccount"]["automountServiceAccountToken"] is False
    assert template(app)["spec"]["automountServiceAccountToken"] is True
    assert template(apps.app())["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("spec", "absent"),
    [
        ({}, {"PodDisruptionBudget"}),
        ({"ports": [], "replicas": 2}, {"Service"}),
        ({"serviceAccountName": "deployer", "replicas": 2}, {"ServiceAccount"}),
        ({"replicas": 2}, set()),
    ],
)
def test_a_child_is_absent_when_the_app_has_no_need_of_it(
    spec: dict[str, Any], absent: set[str]
) -> None:
    """Absence is a value: what is not built is removed."""
    everything = {"ServiceAccount", "Deployment", "Service", "PodDisruptionBudget"}

    assert everything - children(apps.app(**spec)).keys() == absent
