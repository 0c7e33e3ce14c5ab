"""The Service: one stable address, and what is spoken there."""

from __future__ import annotations

from tests import apps
from tests.apps import children


def test_the_service_says_what_is_spoken() -> None:
    """Meshes and load balancers read it from `appProtocol`."""
    words = ["HTTP", "HTTP2", "GRPC", "TCP", "TLS"]
    ports = [
        {"name": word.lower(), "port": number, "protocol": word}
        for number, word in enumerate(words, start=80)
    ]

    found = children(apps.app(ports=ports))["Service"]["spec"]["ports"]

    assert [port["appProtocol"] for port in found] == ["http", "http2", "grpc", "tcp", "tls"]
    assert [port["port"] for port in found] == [80, 81, 82, 83, 84]
    assert {port["protocol"] for port in found} == {"TCP"}


def test_the_service_is_only_for_the_cluster() -> None:
    """How the world comes in is the platform's affair."""
    assert children(apps.app())["Service"]["spec"]["type"] == "ClusterIP"
