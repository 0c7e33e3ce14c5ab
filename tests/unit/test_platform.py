"""The administrator's settings: read once, refused with the path of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from microservice_operator.errors import SettingsError
from microservice_operator.platform import Settings, settings
from tests.golden import EXAMPLES, NOT_MICROSERVICES

GATEWAY = {"gateway": "edge/public", "serviceAccount": "edge/public-gateway"}


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"defaults": None, "environment": None, "gateways": None, "mesh": None, "tenancy": None},
        {"defaults": {}, "gateways": {}, "tenancy": {}},
        {"tenancy": {"serviceAccounts": "Own", "secrets": "Any", "tolerations": "Any"}},
    ],
)
def test_nothing_said_means_no_defaults(document: Any) -> None:
    """An empty file is a file."""
    assert settings(document) == Settings()


def test_defaults_are_a_partial_spec() -> None:
    """They are kept as they were written, for folding under every spec."""
    assert settings({"defaults": {"replicas": 2}}).defaults == {"replicas": 2}


def test_the_environment_is_a_name() -> None:
    """It chooses among the environments of every configuration."""
    assert settings({"environment": "prod"}) == Settings(environment="prod")


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], r"the settings must be a mapping with `accessLog`, `defaults`"),
        ("defaults", r"the settings must be a mapping"),
        ({"default": {}}, r"`default` is no setting; allowed: `accessLog`, `defaults`"),
        ({1: {}}, r"`1` is no setting"),
        ({"environment": "Prod"}, r"`environment` must be a name of lower-case letters"),
        ({"environment": ""}, r"`environment` must be a name"),
        ({"environment": 1}, r"`environment` must be a name"),
        ({"defaults": ["replicas"]}, r"`defaults` must be a mapping: a partial spec"),
        ({"defaults": []}, r"`defaults` must be a mapping"),
        ({"defaults": {"replicas": -1}}, r"`defaults`: replicas: must be a whole number"),
        ({"defaults": {"replica": 1}}, r"`defaults`: replica: must be absent"),
        ({"gateways": []}, r"`gateways` must be a mapping from names to gateways"),
        ({"gateways": {"Public": {}}}, r"`gateways`: 'Public' must be a name of lower-case"),
        ({"gateways": {1: {}}}, r"`gateways`: 1 must be a name"),
        ({"gateways": {"public": None}}, r"`gateways`: public: document: must be an object"),
        ({"gateways": {"public": {"gateway": "edge/a"}}}, r"public: serviceAccount: must be given"),
        ({"gateways": {"public": GATEWAY | {"gateway": "a"}}}, r"gateway: must be 'namespace/nam"),
        ({"gateways": {"public": GATEWAY | {"scheme": "tcp"}}}, r"scheme: must be 'http' or 'htt"),
        (
            {"gateways": {"public": GATEWAY | {"hosts": [{"host": "a*"}]}}},
            r"hosts\[0\]\.host: ",
        ),
        ({"mesh": []}, r"`mesh`: "),
        ({"mesh": {"mode": "On"}}, r"`mesh`: mode: must be "),
        ({"mesh": {"mtls": "Loose"}}, r"`mesh`: mtls: must be "),
        ({"mesh": {"revisions": "a"}}, r"`mesh`: revisions: must be absent"),
        ({"tracing": []}, r"`tracing`: "),
        ({"tracing": {"endpoint": "collector:4317"}}, r"`tracing`: endpoint: must be an address"),
        ({"tracing": {"samplingPercent": 1}}, r"`tracing`: samplingPercent: must be a percentage"),
        ({"accessLog": {"provider": ""}}, r"`accessLog`: provider: must be the name"),
        ({"monitoring": {"namespace": "a", "labels": {"a b": "c"}}}, r"labels: must have keys"),
        ({"tenancy": []}, r"`tenancy` must be a mapping"),
        ({"tenancy": {"secret": "Any"}}, r"`tenancy`: secret: must be absent"),
        ({"tenancy": {"secrets": None}}, r"`tenancy`: secrets: must not be empty; `\[\]` allows"),
        ({"tenancy": {"secrets": "Own"}}, r"`tenancy`: secrets: must be Any or a list of names"),
        ({"tenancy": {"serviceAccounts": "Listed"}}, r"must be Own, Any or a list of names"),
        ({"tenancy": {"serviceAccounts": [1]}}, r"must be Own, Any or a list of names"),
        ({"tenancy": {"serviceAccounts": ["a"] * 1001}}, r"must be Own, Any or a list of names"),
        ({"tenancy": {"priorityClasses": ["a/b/c"]}}, r"each 'name' or 'namespace/name'"),
        ({"tenancy": {"tolerations": [{"value": "a"}]}}, r"tolerations\[0\]\.key: must be given"),
        ({"defaults": {"health": {"shutdown": {"grace": "10s"}}}}, r"`defaults`: .*drain"),
    ],
)
def test_a_mistake_is_named_where_it_is(document: Any, complaint: str) -> None:
    """An operator that starts with half of its settings would surprise everybody."""
    with pytest.raises(SettingsError, match=complaint):
        settings(document)


@pytest.mark.parametrize("file", NOT_MICROSERVICES, ids=str)
def test_the_example_is_read(file: Any) -> None:
    """Administrators copy it."""
    assert settings(yaml.safe_load((EXAMPLES / file).read_text())) != Settings()


def test_a_mesh_is_switched_off_without_quotes() -> None:
    """To YAML that word is a truth value, and nobody writes it in quotes."""
    assert settings({"mesh": {"mode": False}}) == settings({"mesh": {"mode": "Off"}})
    assert settings({"mesh": {"mode": "Off"}}).mesh.mode == "Off"


def test_a_gateway_has_one_name() -> None:
    """Under two of them, two namespaces could hold one host there."""
    twice = {"public": GATEWAY, "web": GATEWAY, "inner": {**GATEWAY, "gateway": "edge/inner"}}

    with pytest.raises(SettingsError, match=r"web: gateway: must not be edge/public, which is cal"):
        settings({"gateways": twice})


def test_gateways_have_names() -> None:
    """Specs call them so; how their hosts are called from outside is https if nobody says more."""
    [(name, gateway)] = settings({"gateways": {"public": GATEWAY}}).gateways.items()

    assert (name, gateway.gateway, gateway.scheme) == ("public", "edge/public", "https")
    assert gateway.hosts is None
