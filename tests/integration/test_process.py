"""The process: its options, probes and log, the rights that it needs, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.chart import rights
from tests.cluster import wait_until
from tests.integration.process import Process
from tests.integration.world import Manifest, condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.cluster import Cluster
    from tests.integration.world import World

TENANT = "tenant-operator"
ENDS_WITHIN = 2


def test_probes_and_metrics_tell_how_it_is(spare_operator: Process) -> None:
    """All is well, and dashboards for other controllers find what they look for."""
    assert spare_operator.get("/healthz") == (200, "ok\n")
    assert spare_operator.get("/readyz") == (200, "ok\n")
    metrics = spare_operator.get("/metrics")[1]
    for name in ("controller_runtime_reconcile_total", "workqueue_depth", "rest_client_requests"):
        assert name in metrics


def test_it_ends_soon_when_told_to(
    spare_credentials: Path, tmp_path: Path, spare_world: Callable[..., World]
) -> None:
    """SIGTERM is a good end: code 0 within two seconds, and nothing in the log but that."""
    options = ("--log-format=json",)
    first = (Process(spare_credentials, tmp_path / f"{n}.log", options) for n in range(3))
    seconds = list(_ends(first, spare_world))
    assert min(seconds) < ENDS_WITHIN, seconds

    with Process(spare_credentials, tmp_path / "second.log", options) as process:
        spare_world("again", process).settle()
        process.terminate()
    of_the_old = [line for line in _log(process) if line.get("namespace", "").startswith("ends")]
    assert of_the_old == [], "nothing changed, so nothing is said"


def _ends(processes: Iterable[Process], spare_world: Callable[..., World]) -> Iterator[float]:
    """How long each takes to end, until one is in time: a busy machine is no defect of theirs."""
    for number, process in enumerate(processes):
        with process:
            spare_world(f"ends-{number}", process).ready(replicas=0)
            code, seconds = process.terminate()
        assert code == 0
        assert _log(process)[-1]["msg"] == "operator ends"
        yield seconds
        if seconds < ENDS_WITHIN:
            return


def _log(process: Process) -> list[Manifest]:
    return [json.loads(line) for line in process.log.read_text().splitlines()]


def _grant(world: World, rules: list[Manifest]) -> None:
    """Let the tenant's operator do this in the namespace, and nothing anywhere else."""
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{world.namespace}"
    metadata = {"metadata": {"name": "operator"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operator"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": TENANT}
    for collection, manifest in (
        ("roles", {**metadata, "rules": rules}),
        ("rolebindings", {**metadata, "roleRef": role, "subjects": [subject]}),
    ):
        world.writer.request("POST", f"{rbac}/{collection}", manifest)
    world.cluster.kubectl.await_right(TENANT, "patch", "deployments", world.namespace)


def test_one_namespace_is_served_with_rights_for_that_one(
    spare: Cluster, tmp_path: Path, spare_world: Callable[..., World]
) -> None:
    """Elsewhere it asks for nothing and changes nothing; the chart's rules are enough for it."""
    process = Process(
        spare.kubeconfig_for(TENANT), tmp_path / "operator.log", ("-n", "mine", "--log-format=json")
    )
    mine, theirs = (spare_world(name, process, TENANT) for name in ("mine", "theirs"))
    _grant(mine, rights.rules())
    theirs.apply(replicas=0)
    mark = mine.mark()

    with process:
        mine.ready(replicas=2)
        mine.ready(ports=[])
        mine.delete("deployments")
        mine.await_condition("Ready", "True")
        mine.apply(command=["changed"], podAnnotations={"testbed.example/behaviour": "unready"})
        wait_until(lambda: "list pods" in mine.reads(mark), "a look at the pods")
        assert process.running

    assert theirs.children() == {}
    assert theirs.the("microservices")["status"]["observedGeneration"] == -1
    requests = spare.audit.requests(user=TENANT, since=mark)
    assert {r.namespace for r in requests if r.resource} == {"mine"}
    assert [(r.verb, r.uri, r.code) for r in requests if r.code in {401, 403}] == []


def _poor(rules: list[Manifest]) -> Iterator[Manifest]:
    """The same rules, but Services can only be read."""
    for rule in rules:
        yield {**rule, "resources": [name for name in rule["resources"] if name != "services"]}
        if "services" in rule["resources"]:
            yield {**rule, "resources": ["services"], "verbs": ["get", "list", "watch"]}


def test_a_missing_right_is_a_condition(
    spare: Cluster, tmp_path: Path, spare_world: Callable[..., World]
) -> None:
    """The refusal is told in the server's words, other children go on, and a grant is noticed."""
    process = Process(
        spare.kubeconfig_for(TENANT), tmp_path / "operator.log", ("-n", "poor", "--log-format=json")
    )
    world = spare_world("poor", process, TENANT)
    _grant(world, list(_poor(rights.rules())))
    with process:
        world.apply(replicas=0)

        found = world.await_condition("Applied", "False", "Forbidden")

        message = condition(found, "Ready")["message"]
        assert message.startswith("The operator may not write Service/orders")
        assert TENANT in message
        assert world.children().keys() == {"deployments", "serviceaccounts"}
        role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{world.namespace}/roles/operator"
        world.writer.request(
            "PUT", role, {"metadata": {"name": "operator"}, "rules": rights.rules()}
        )
        world.await_condition("Ready", "True")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("defaults: {replicas: many}", "replicas"),
        ("default: {}", "`default` is no setting"),
        ("[", "is no YAML"),
        (None, "No such file"),
    ],
    ids=["value", "field", "yaml", "missing"],
)
def test_wrong_settings_are_said_at_once(
    tmp_path: Path, content: str | None, complaint: str
) -> None:
    """It does not start, and says which file and which field."""
    settings = tmp_path / "settings.yaml"
    if content is not None:
        settings.write_text(content)
    process = Process(tmp_path / "none", tmp_path / "log", (f"--settings={settings}",))

    with pytest.raises(AssertionError), process:
        pass

    said = process.log.read_text()
    assert said.startswith(f"Error: {settings}")
    assert complaint in said
    assert "Traceback" not in said
