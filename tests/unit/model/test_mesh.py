"""What the mesh is told of an app."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.api.mesh import MeshSettings
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import Settings
from tests import apps

PRESENT, ABSENT = Facts(mesh=True), Facts()
OFF = Settings(mesh=MeshSettings(mode="Off"))


def policy(**spec: Any) -> Any:
    """How callers of such an app connect and choose."""
    return apps.meshed(**spec).mesh.destination


def test_the_cookie_of_a_caller_is_for_all_paths() -> None:
    """Without one a browser would keep it to the folder of its first request."""
    balancing = {"hash": {"cookie": "basket"}}

    found = policy(resilience={"loadBalancing": balancing})["loadBalancer"]["consistentHash"]

    assert found == {"httpCookie": {"name": "basket", "path": "/", "ttl": "0s"}}


@pytest.mark.parametrize(
    ("pods", "share"), [(1, 100), (2, 100), (3, 34), (4, 25), (10, 10), (50, 10)]
)
def test_of_any_number_of_pods_one_can_be_left_alone(pods: int, share: int) -> None:
    """Istio's own tenth would be none of fewer than ten: nobody would ever be ejected."""
    ejection = policy(replicas=pods, resilience={"circuitBreaker": {}})["outlierDetection"]

    assert ejection["maxEjectionPercent"] == share
    assert pods * share // 100 >= 1


def test_where_an_autoscaler_decides_its_fewest_pods_count() -> None:
    """The share must not change with every pod that comes or goes."""
    scaled = {"min": 4, "max": 40}
    cpu = {"requests": {"cpu": "100m"}}

    spec: dict[str, Any] = {"scaling": scaled, "resources": cpu, "replicas": 2}

    ejection = policy(**spec, resilience={"circuitBreaker": {}})["outlierDetection"]
    assert ejection["maxEjectionPercent"] == 25


@pytest.mark.parametrize(
    "resilience", [{"circuitBreaker": {}}, {"limits": {"connections": 1}}], ids=str
)
def test_zones_are_preferred_only_when_asked(resilience: dict[str, Any]) -> None:
    """Ejection alone would send all requests to the caller's own zone."""
    assert policy(resilience=resilience)["loadBalancer"] == {
        "localityLbSetting": {"enabled": False}
    }


def test_who_prefers_a_zone_can_leave_it() -> None:
    """Only ejection tells callers that the pods of their own zone are broken."""
    assert "outlierDetection" in policy(resilience={"loadBalancing": {"locality": "Prefer"}})


@pytest.mark.parametrize(
    "resilience", [{}, {"timeout": "1s"}, {"retries": {"attempts": 1}}], ids=str
)
def test_without_a_wish_for_connections_there_is_no_policy(resilience: dict[str, Any]) -> None:
    """An object that says nothing would still shadow what the platform says for all hosts."""
    assert policy(resilience=resilience) == {}


def test_no_retries_stand_alone() -> None:
    """Istio refuses whatever stands beside zero attempts."""
    assert apps.meshed(resilience={"retries": {"attempts": 0}}).mesh.route == {
        "retries": {"attempts": 0}
    }


def test_only_what_has_hardly_been_carried_out_is_tried_again() -> None:
    """An order must not be placed twice because its answer was lost."""
    tried = apps.meshed(resilience={"retries": {"attempts": 2}}).mesh.route["retries"]["retryOn"]

    assert not {"5xx", "gateway-error", "reset"} & {*tried.split(",")}
    assert " " not in tried


def test_each_port_that_carries_requests_has_a_route_of_its_own() -> None:
    """A destination without a port would be ambiguous, and other ports carry no requests."""
    ports = [
        {"name": "http", "port": 80},
        {"name": "grpc", "port": 9090, "protocol": "GRPC"},
        {"name": "db", "port": 5432, "protocol": "TCP"},
    ]
    spec = apps.children(apps.meshed(ports=ports, resilience={"timeout": "1s"}))["VirtualService"][
        "spec"
    ]

    matched = [route["match"][0]["port"] for route in spec["http"]]
    led = [route["route"][0]["destination"]["port"]["number"] for route in spec["http"]]
    assert matched == led == [80, 9090]


@pytest.mark.parametrize(
    ("said", "platform", "mode"),
    [
        (None, None, ""),
        ("Strict", None, "STRICT"),
        (None, "Permissive", "PERMISSIVE"),
        ("Permissive", "Strict", "PERMISSIVE"),
    ],
)
def test_who_may_connect_is_what_the_spec_says_else_the_platform(
    said: Any, platform: Any, mode: str
) -> None:
    """Where nobody says anything it is left to the mesh."""
    spec: dict[str, Any] = {"security": {"mtls": said}} if said else {}
    settings = Settings(mesh=MeshSettings(mtls=platform))

    assert understand(apps.body(**spec), settings, PRESENT).mesh.mutual_tls == mode


@pytest.mark.parametrize(
    ("settings", "why"),
    [(Settings(), "this cluster has no Istio"), (OFF, "the platform's settings")],
    ids=["none", "off"],
)
def test_what_is_asked_in_vain_is_told(settings: Settings, why: str) -> None:
    """Whoever relies on it must not find out by an outage."""
    both: dict[str, Any] = {"resilience": {"timeout": "1s"}, "security": {"mtls": "Strict"}}
    one = understand(apps.body(security=both["security"]), settings, ABSENT).mesh
    two = understand(apps.body(**both), settings, ABSENT).mesh

    assert one.lacking.startswith("`security` needs a mesh, and " + why)
    assert two.lacking.startswith("`resilience` and `security` need a mesh, and " + why)
    assert not any(each.speaks for each in (one, two))


def test_what_only_the_platform_asks_is_left_out_in_silence() -> None:
    """Its users have not asked, and could not help it."""
    platform = Settings(
        defaults={"resilience": {"timeout": "1s"}}, mesh=MeshSettings(mtls="Strict")
    )

    assert understand(apps.body(), platform, ABSENT).mesh.lacking == ""
    assert understand(apps.body(), platform, PRESENT).mesh.speaks


@pytest.mark.parametrize("facts", [PRESENT, Facts(injected=True)], ids=["there", "away"])
def test_pods_ask_for_a_proxy_as_long_as_they_have_one(facts: Facts) -> None:
    """A mesh that is away for a while restarts nobody."""
    settings = Settings(mesh=MeshSettings(revision="stable"))

    labels = apps.template(understand(apps.body(), settings, facts))["metadata"]["labels"]

    assert labels["sidecar.istio.io/inject"] == "true"
    assert labels["istio.io/rev"] == "stable"


@pytest.mark.parametrize(
    ("settings", "facts"),
    [(Settings(), ABSENT), (OFF, PRESENT), (OFF, Facts(injected=True))],
    ids=["none", "off", "switched off"],
)
def test_without_a_mesh_pods_ask_for_none(settings: Settings, facts: Facts) -> None:
    """What nobody reads would only restart pods when it goes."""
    app = understand(apps.body(), settings, facts)

    assert not any("istio" in label for label in apps.template(app)["metadata"]["labels"])
    assert apps.children(app).keys() == {"ServiceAccount", "Deployment", "Service"}
