"""How an app is observed, and what cannot be seen where nobody looks."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.model import App, understand
from microservice_operator.model.facts import Facts
from microservice_operator.model.observability import unread
from microservice_operator.platform import settings
from tests import apps

EVERYTHING = Facts(mesh=True, monitoring=True)
EXPORTER = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL")
PLATFORM = settings(
    {
        "tracing": {
            "provider": "otel",
            "samplingPercent": "1",
            "endpoint": "http://collector:4317",
        },
        "accessLog": {"provider": "json"},
        "monitoring": {"namespace": "monitoring", "labels": {"release": "stack"}},
    }
)


def observed(facts: Facts = EVERYTHING, platform: Any = PLATFORM, **observability: Any) -> App:
    """An app that is to be observed in this way."""
    return understand(apps.body(observability=observability), platform, facts)


def told(app: App) -> dict[str, str]:
    """The plain variables of its container."""
    return {each["name"]: each.get("value", "") for each in apps.container(app).get("env", ())}


def test_without_a_wish_nothing_is_there_and_no_pod_is_replaced() -> None:
    """A new version of the operator must not restart whoever has asked for nothing."""
    app = apps.meshed()

    assert app.observability.telemetry == {}
    assert apps.children(app).keys() == {"ServiceAccount", "Deployment", "Service"}
    assert told(app) == {"PORT": "8080"}


def test_the_platform_names_who_gets_traces() -> None:
    """Of those who say nothing too, which costs the mesh nothing and restarts nobody."""
    platform = settings({"tracing": {"provider": "otel", "samplingPercent": "0.5"}})

    app = understand(apps.body(), platform, EVERYTHING)

    traced = [{"providers": [{"name": "otel"}], "randomSamplingPercentage": 0.5}]
    assert apps.children(app)["Telemetry"]["spec"]["tracing"] == traced
    assert told(app) == {"PORT": "8080"}


@pytest.mark.parametrize(
    ("said", "percent", "ratio"),
    [
        ({}, 1, "0.01"),
        ({"samplingPercent": "12.5"}, 12.5, "0.125"),
        ({"samplingPercent": "0"}, 0, "0"),
    ],
    ids=["platform", "spec", "none"],
)
def test_the_mesh_and_the_application_trace_the_same_share(
    said: dict[str, str], percent: float, ratio: str
) -> None:
    """Else half of a trace would be missing."""
    app = observed(tracing=said)

    [traced] = app.observability.telemetry["tracing"]
    assert traced["randomSamplingPercentage"] == percent
    assert told(app)["OTEL_TRACES_SAMPLER"] == "parentbased_traceidratio"
    assert told(app)["OTEL_TRACES_SAMPLER_ARG"] == ratio


def test_tags_are_the_same_for_all_or_a_header() -> None:
    """As the mesh names them."""
    tags = [{"name": "tier", "value": "backend"}, {"name": "tenant", "header": "x-tenant"}]

    [traced] = observed(tracing={"tags": tags}).observability.telemetry["tracing"]

    assert traced["customTags"] == {
        "tier": {"literal": {"value": "backend"}},
        "tenant": {"header": {"name": "x-tenant"}},
    }


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ("All", {}),
        ("Errors", {"filter": {"expression": "response.code >= 400"}}),
        ("None", {"disabled": True}),
    ],
)
def test_access_logs_go_to_whom_the_platform_names(said: str, more: dict[str, Any]) -> None:
    """A provider is always named: without one the mesh might have none."""
    [logged] = observed(accessLog=said).observability.telemetry["accessLogging"]
    [default] = observed(platform=settings({}), accessLog=said).observability.telemetry[
        "accessLogging"
    ]

    assert logged == {"providers": [{"name": "json"}], **more}
    assert default["providers"] == [{"name": "envoy"}]


def test_what_failed_by_grpc_has_failed() -> None:
    """Its HTTP code is 200 whatever comes; of plain HTTP the status of gRPC means nothing."""
    ports = [{"name": "http", "port": 80}, {"name": "grpc", "port": 9090, "protocol": "GRPC"}]
    body = apps.body(ports=ports, observability={"accessLog": "Errors"})
    telemetry = understand(body, PLATFORM, EVERYTHING).observability.telemetry

    assert telemetry["accessLogging"][0]["filter"]["expression"] == (
        "response.code >= 400 || request.headers['content-type'].startsWith('application/grpc')"
        " && response.grpc_status != 0"
    )


def test_applications_are_told_who_they_are() -> None:
    """Also where there is no mesh: their own spans are theirs to send."""
    variables = told(observed(Facts(), tracing={}))

    assert variables["OTEL_SERVICE_NAME"] == "orders"
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4317"
    attributes = dict(each.split("=") for each in variables["OTEL_RESOURCE_ATTRIBUTES"].split(","))
    assert attributes["service.version"] == "v1"
    assert attributes["k8s.pod.name"] == "$(K8S_POD_NAME)"


def test_each_version_says_that_it_is_one() -> None:
    """Else a canary's spans would be taken for those of the version beside it."""
    versions = [{"name": "v2", "image": "registry.example/orders:2"}]
    app = understand(
        apps.body(versions=versions, observability={"dashboard": "Create"}), PLATFORM, EVERYTHING
    )

    [container] = apps.children(app)["Deployment-v2"]["spec"]["template"]["spec"]["containers"]
    values = {each["name"]: each.get("value", "") for each in container["env"]}

    assert "service.version=v2" in values["OTEL_RESOURCE_ATTRIBUTES"]
    assert [name for name in apps.children(app) if name.endswith("dashboard")] == [
        "ConfigMap-dashboard"
    ]


def test_without_an_address_applications_are_given_none() -> None:
    """An SDK would take an empty one for an error; without a share it decides itself."""
    variables = told(observed(platform=settings({}), tracing={}))

    assert {"OTEL_SERVICE_NAME", "K8S_POD_NAME"} <= variables.keys()
    assert not {"OTEL_TRACES_SAMPLER", *EXPORTER} & variables.keys()


@pytest.mark.parametrize(
    ("endpoint", "spoken"),
    [
        ("http://collector:4317", "grpc"),
        ("https://collector.telemetry:4317/", "grpc"),
        ("http://collector:4318", "http/protobuf"),
        ("https://traces.example/otlp:4317", "http/protobuf"),
    ],
)
def test_applications_are_told_what_the_collector_speaks(endpoint: str, spoken: str) -> None:
    """The default of an SDK depends on its language: half of the spans would go nowhere."""
    platform = settings({"tracing": {"endpoint": endpoint}})

    assert told(observed(platform=platform))["OTEL_EXPORTER_OTLP_PROTOCOL"] == spoken


def test_who_has_a_collector_of_his_own_knows_what_it_speaks() -> None:
    """A word about the platform's would be a wrong one about his."""
    own = [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://mine:4318"}]
    app = understand(apps.body(env=own), PLATFORM, EVERYTHING)

    assert {each["name"] for each in apps.container(app)["env"]} & {*EXPORTER} == {own[0]["name"]}


@pytest.mark.parametrize(
    "own",
    [
        {"env": [{"name": "OTEL_SERVICE_NAME", "value": "mine"}]},
        {"config": {"data": {"OTEL_SERVICE_NAME": "mine"}}},
    ],
    ids=["env", "config"],
)
def test_what_the_user_says_himself_stays_his(own: dict[str, Any]) -> None:
    """Wherever he says it."""
    app = understand(apps.body(**own, observability={"tracing": {}}), PLATFORM, EVERYTHING)

    ours = [each for each in apps.container(app)["env"] if each.get("value") == "orders"]

    assert not ours


@pytest.mark.parametrize(
    ("metrics", "port"),
    [({}, "http"), ({"port": 9102}, "metrics"), ({"port": "metrics"}, "metrics")],
    ids=["first", "number", "name"],
)
def test_metrics_are_read_where_the_spec_says(metrics: dict[str, Any], port: str) -> None:
    """The port is called as in the Service, by which the pods are found."""
    ports = [
        {"name": "metrics", "port": 9102, "protocol": "TCP"},
        {"name": "http", "port": 80},
    ]
    spec = apps.body(ports=ports, observability={"metrics": metrics})

    monitor = apps.children(understand(spec, PLATFORM, EVERYTHING))["ServiceMonitor"]

    assert monitor["spec"]["endpoints"] == [{"port": port, "path": "/metrics"}]
    assert monitor["metadata"]["labels"]["release"] == "stack"


def test_labels_of_the_platform_hide_none_of_ours() -> None:
    """By ours the children are found again."""
    labels = {"app.kubernetes.io/managed-by": "somebody"}
    platform = settings({"monitoring": {"namespace": "monitoring", "labels": labels}})

    monitor = apps.children(observed(platform=platform, metrics={}))["ServiceMonitor"]

    assert monitor["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "microservice-operator"


@pytest.mark.parametrize(
    ("said", "facts", "blind", "meshless"),
    [
        ({"metrics": {}}, Facts(), "`observability.metrics` needs", ""),
        ({"slo": {"availability": "99"}}, Facts(mesh=True), "`observability.slo` needs", ""),
        (
            {"metrics": {}, "slo": {}, "accessLog": "All"},
            Facts(),
            "`observability.metrics` and `observability.slo` need",
            "`observability.accessLog` and `observability.slo` need",
        ),
        ({"accessLog": "None", "dashboard": "None", "tracing": {}}, Facts(), "", ""),
        ({"dashboard": "Create"}, Facts(monitoring=True), "", "`observability.dashboard` needs"),
        ({"metrics": {}, "slo": {}, "accessLog": "All"}, EVERYTHING, "", ""),
    ],
)
def test_what_nobody_can_see_is_told(
    said: dict[str, Any], facts: Facts, blind: str, meshless: str
) -> None:
    """Who relies on an alert must not find out in the morning that there was none."""
    app = observed(facts, **said)

    assert str(unread(app) or "").startswith(blind)
    assert bool(unread(app)) == bool(blind)
    assert app.mesh.lacking.startswith(meshless)
    assert {"Telemetry", "PrometheusRule"}.isdisjoint(apps.children(app)) or facts.mesh


def test_what_only_the_platform_asks_is_left_out_in_silence() -> None:
    """Its users have not asked, and could not help it."""
    defaults = {"observability": {"metrics": {}, "slo": {"availability": "99"}}}

    app = understand(apps.body(), settings({"defaults": defaults}), Facts())

    assert unread(app) is None
    assert app.mesh.lacking == ""
