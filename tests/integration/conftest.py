"""The operator beside a control plane, and words for what tests say about it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.cluster import Cluster, wait_until
from tests.cluster.operator import Operator
from tests.cluster.paths import ROOT
from tests.integration.process import Process
from tests.integration.revisions import DEPLOYMENTS, MICROSERVICES, Record, judge
from tests.integration.world import USER, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CRDS = ROOT / "crds" / "microservices.yaml"


@pytest.fixture(scope="session")
def operator(cluster: Cluster) -> Iterator[Operator]:
    """One operator for the whole run; whoever ends it must start it again.

    In the end, everything that it has ever said is judged.
    """
    records = [Record(cluster, path) for path in (MICROSERVICES, DEPLOYMENTS)]
    for record in records:
        record.start()
    credentials = cluster.kubeconfig_for(USER, ["system:masters"])
    running = Operator(cluster.processes, credentials, "--log-level=debug", "--log-format=json")
    running.start()
    yield running
    microservices, deployments = (record.end() for record in records)
    assert microservices, "nothing was recorded"
    assert not (flaws := list(judge(microservices, deployments))), "\n".join(flaws)
    assert not (failures := _failures(running)), "\n".join(failures)


@pytest.fixture
def world(cluster: Cluster, operator: Operator, namespace: str) -> World:
    """A fresh namespace, watched by the operator."""
    assert operator.get("/readyz")[0] == 200
    return World(cluster, namespace, operator)


@pytest.fixture(scope="session")
def spare() -> Iterator[Cluster]:
    """A second cluster, for faults and for operators with options of their own."""
    with Cluster() as running:
        running.apply(CRDS.read_text())
        served = partial(running.api.request, "GET", MICROSERVICES)
        wait_until(lambda: served()[0] == 200, "the resource type to be served")
        yield running


def _failures(operator: Operator) -> list[str]:
    """Everything in its log that has a traceback, each once."""
    lines = [json.loads(line) for line in operator.log.read_text().splitlines()]
    return sorted({f"{line['msg']}: {line['error']}" for line in lines if "Traceback" in str(line)})


@pytest.fixture
def spare_world(spare: Cluster) -> Iterator[Callable[..., World]]:
    """Words for a namespace of the spare cluster, made when asked; it goes with the test."""
    made: list[str] = []

    def world(name: str, process: Process, user: str = USER) -> World:
        manifest = {"metadata": {"name": name}}
        code, answer = spare.api.request("POST", "/api/v1/namespaces", manifest)
        assert code == 201, answer
        made.append(name)
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        wait_until(lambda: spare.api.request("GET", account)[0] == 200, "pods to be admitted")
        return World(spare, name, process, user)

    yield world
    for name in made:
        spare.api.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def spare_operator(spare: Cluster, tmp_path: Path) -> Iterator[Process]:
    """An operator for the whole spare cluster; it must outlive the test as the same process."""
    credentials = spare.kubeconfig_for(USER, ["system:masters"])
    options = ("--log-format=json", "--log-level=info")
    with Process(credentials, tmp_path / "operator.log", options) as process:
        yield process
        assert process.running, process.log.read_text()
        assert "Traceback" not in process.log.read_text(), process.log.read_text()
