"""Probes: what the user says, and what stands in for silence."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.model import Probes
from tests import apps

PORTS = [
    {"name": "replication", "port": 7000, "protocol": "TCP"},
    {"name": "web", "port": 80, "targetPort": 8080},
]
KINDS = ("readiness", "liveness", "startup")


def probes(**spec: Any) -> Probes:
    """The probes of an app."""
    return apps.app(**spec).probes


def test_silence_means_that_the_first_port_accepts() -> None:
    """A pod gets traffic once it listens; nothing restarts it, for nobody said what well means."""
    found = probes(ports=PORTS)

    assert found.readiness is not None
    assert found.readiness["tcpSocket"] == {"port": 7000}
    assert (found.liveness, found.startup) == (None, None)


def test_a_silent_worker_has_no_probes() -> None:
    """There is no port to ask."""
    assert probes(ports=[]) == Probes()


def test_a_path_sets_all_three_probes() -> None:
    """They ask the first port that speaks HTTP, by its number."""
    found = probes(ports=PORTS, health={"path": "/healthz"})

    for probe in (found.readiness, found.liveness, found.startup):
        assert probe is not None
        assert probe["httpGet"] == {"path": "/healthz", "port": 8080}


def test_a_deaf_pod_leaves_the_rotation_long_before_it_is_restarted() -> None:
    """A restart helps little against overload, and a slow start is no illness."""
    found = probes(health={"path": "/healthz"})

    def patience(probe: Any) -> int:
        return int(probe["periodSeconds"] * probe["failureThreshold"])

    assert 4 * patience(found.readiness) < patience(found.liveness) < patience(found.startup)


def test_a_described_liveness_leaves_readiness_as_it_is() -> None:
    """Without readiness, a new pod would count as ready before it listens."""
    found = probes(health={"liveness": {"tcpSocket": {"port": 8080}, "periodSeconds": 20}})

    assert found.liveness == {"tcpSocket": {"port": 8080}, "periodSeconds": 20}
    assert found.readiness == probes().readiness
    assert found.startup is None


def test_a_described_readiness_takes_the_place_of_the_built_in_one() -> None:
    """Whoever describes it knows better."""
    found = probes(health={"readiness": {"exec": {"command": ["ready"]}}})

    assert found == Probes(readiness={"exec": {"command": ["ready"]}})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("handler", ["httpGet", "tcpSocket"])
def test_names_of_ports_become_numbers(kind: str, handler: str) -> None:
    """The user names the Service's ports; the container's names are our own."""
    found = probes(ports=PORTS, health={kind: {handler: {"port": "web"}}})

    assert getattr(found, kind) == {handler: {"port": 8080}}


def test_the_default_port_can_be_named() -> None:
    """Absent ports mean one port called http."""
    found = probes(health={"readiness": {"httpGet": {"path": "/ready", "port": "http"}}})

    assert found.readiness == {"httpGet": {"path": "/ready", "port": 8080}}


def test_numbers_stay_numbers() -> None:
    """A probe may ask a port that no caller knows."""
    found = probes(health={"readiness": {"tcpSocket": {"port": 9999}}})

    assert found.readiness == {"tcpSocket": {"port": 9999}}


def test_a_command_is_asked_as_it_stands() -> None:
    """It has no port."""
    command = {"exec": {"command": ["cat", "/tmp/ready"]}}  # noqa: S108  inside the pod

    assert probes(ports=[], health={"startup": command}).startup == command


def test_shutdown_is_counted_in_seconds() -> None:
    """Kubernetes knows no other unit here."""
    app = apps.app(health={"shutdown": {"drain": "0s", "grace": "1m30s"}})

    assert (app.shutdown.drain_seconds, app.shutdown.grace_seconds) == (0, 90)
