"""What is asked of Prometheus, and what is said of the answers."""

from __future__ import annotations

import re

import pytest

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.monitoring.series import failed
from tests import apps

EVERYTHING = Facts(mesh=True, monitoring=True)
SHORT = 6


@pytest.mark.parametrize("length", [SHORT, 46, 47, 48])
@pytest.mark.parametrize("version", ["v2", "a-long-version"])
@pytest.mark.parametrize("digest", ["7d4b9c6f5", "7d4b9c6f5d"])
def test_the_dashboard_knows_the_pods(length: int, version: str, digest: str) -> None:
    """The server cuts what is too long before it adds five letters of its own."""
    name = "o" * length
    versions = [{"name": version, "image": "registry.example/orders:2"}]
    body = apps.body(name, versions=versions, observability={"dashboard": "Create"})
    children = apps.children(understand(body, apps.OPEN, EVERYTHING))
    [board] = children["ConfigMap-dashboard"]["data"].values()
    [found, *_] = re.findall(r'pod=~\\"(.*?)\\"', board)

    for title in (name, f"{name}-{version}"):
        assert re.fullmatch(found, f"{title}-{digest}-"[:58] + "x7k2p"), title
    assert length > SHORT or not re.fullmatch(found, f"{name}-other-{digest}-x7k2p")


def test_a_failure_is_counted_once() -> None:
    """An answer of 503 to a call of gRPC is one of both kinds to the mesh."""
    ports = [{"name": "grpc", "port": 9090, "protocol": "GRPC"}]
    plain, grpc = failed(apps.meshed(ports=ports))

    assert 'response_code=~"5.."' in plain
    assert 'response_code!~"5.."' in grpc


def test_an_alert_never_tells_of_more_time_than_there_is() -> None:
    """An outage uses up a month's errors in an hour, and is told by the same words."""
    rules = apps.children(apps.meshed(observability={"slo": {"availability": "99"}}))[
        "PrometheusRule"
    ]["spec"]
    words = [
        rule["annotations"]["description"]
        for group in rules["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]

    assert [each.rpartition("used up ")[2] for each in words] == [
        "within 5 days.",
        "within 30 days.",
    ]
