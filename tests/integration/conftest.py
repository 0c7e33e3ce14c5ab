"""The operator beside a control plane, and words for what tests say about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chart.helm import NAMESPACE
from tests.cluster import Cluster, namespaces
from tests.cluster.definitions import install, install_ours
from tests.cluster.operator import Operator
from tests.integration import rights
from tests.integration.process import Process
from tests.integration.revisions import DEPLOYMENTS, MICROSERVICES, Record, judge
from tests.integration.world import USER, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.chart.helm import Helm

HERE = Path(__file__).parent
# The account that is in every namespace stands for those that a platform allows.
SETTINGS = """
tenancy: {serviceAccounts: [default]}
gateways:
  public: {gateway: edge/public, serviceAccount: edge/public}
  granted:
    {gateway: edge/granted, serviceAccount: edge/granted, hosts: [{host: "*.open.example"}]}
"""


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster,
    helm: Helm,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Operator]:
    """One operator for the whole run; whoever ends it must start it again.

    It has the rights that the chart gives it. In the end, everything that it has ever said is
    judged, and whether these rights were enough and none too many.
    """
    records = [Record(cluster, path) for path in (MICROSERVICES, DEPLOYMENTS)]
    for record in records:
        record.start()
    credentials = rights.grant(cluster, helm)
    settings = tmp_path_factory.mktemp("platform") / "settings.yaml"
    settings.write_text(SETTINGS)
    options = (
        *(f"--lease={NAMESPACE}/operator", f"--settings={settings}"),
        *("--log-level=debug", "--log-format=json"),
    )
    running = Operator(cluster.processes, credentials, *options)
    running.start()
    yield running
    microservices, deployments = (record.end() for record in records)
    assert microservices, "nothing was recorded"
    assert not (flaws := list(judge(microservices, deployments))), "\n".join(flaws)
    assert not (failures := _failures(running)), "\n".join(failures)
    requests = cluster.audit.requests(user=USER)
    assert not (
        flaws := list(rights.flaws(requests, helm.render(), whole=_whole(request.session)))
    ), "\n".join(flaws)


@pytest.fixture
def world(cluster: Cluster, operator: Operator, namespace: str) -> World:
    """A fresh namespace, watched by the operator."""
    assert operator.get("/readyz")[0] == 200
    return World(cluster, namespace, operator)


@pytest.fixture
def web(world: World, cluster: Cluster) -> Iterator[World]:
    """Another namespace of the same operator."""
    name = f"{world.namespace}-web"
    make_namespace(cluster, name)
    yield World(cluster, name, world.operator)
    cluster.api.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="session")
def spare() -> Iterator[Cluster]:
    """A second cluster, for faults and for operators with options of their own."""
    with Cluster() as running:
        install(running)
        install_ours(running)
        yield running


@pytest.fixture(scope="session")
def spare_credentials(spare: Cluster, helm: Helm) -> Path:
    """Who the operator is on the spare cluster."""
    return rights.grant(spare, helm)


def make_namespace(cluster: Cluster, name: str) -> None:
    """Create a namespace in which pods can run."""
    namespaces.create(
        cluster.api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    )


def _whole(session: pytest.Session) -> bool:
    """Whether all integration tests were run to their end, so that all of them asked for theirs."""
    option = session.config.option
    cut = option.keyword or option.markexpr or session.testsfailed or session.exitstatus
    files = {item.path for item in session.items}
    return not cut and files.issuperset(HERE.glob("test_*.py"))


def _failures(operator: Operator) -> list[str]:
    """Everything in its log that has a traceback, each once."""
    lines = [json.loads(line) for line in operator.log.read_text().splitlines()]
    return sorted({f"{line['msg']}: {line['error']}" for line in lines if "Traceback" in str(line)})


@pytest.fixture
def spare_world(spare: Cluster) -> Iterator[Callable[..., World]]:
    """Words for a namespace of the spare cluster, made when asked; it goes with the test."""
    made: list[str] = []

    def world(name: str, process: Process, user: str = USER) -> World:
        make_namespace(spare, name)
        made.append(name)
        return World(spare, name, process, user)

    yield world
    for name in made:
        spare.api.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def spare_operator(spare_credentials: Path, tmp_path: Path) -> Iterator[Process]:
    """An operator for the whole spare cluster; it must outlive the test as the same process."""
    options = ("--log-format=json", "--log-level=info")
    with Process(spare_credentials, tmp_path / "operator.log", options) as process:
        yield process
        assert process.running, process.log.read_text()
        assert "Traceback" not in process.log.read_text(), process.log.read_text()
