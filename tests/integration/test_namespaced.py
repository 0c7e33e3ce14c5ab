"""The operator of some namespaces: it needs all of the chart's Roles there, and nothing else."""

from __future__ import annotations

import itertools
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until
from tests.integration.patches import add, replace
from tests.integration.process import Process
from tests.integration.richest import HPA, SCALED
from tests.integration.tenant import Tenant
from tests.integration.test_names import ADOPT, SPECS
from tests.integration.test_security import exposed
from tests.integration.test_shared_config import share
from tests.integration.world import CHILDREN, ONE_OF_EACH, condition, named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chart.helm import Helm
    from tests.cluster import Cluster
    from tests.integration.world import Manifest, World

LOG = ("--log-format=json", "--log-level=info")
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}
STRANGERS: dict[str, Manifest] = {**SPECS, HPA: {"maxReplicas": 7, "scaleTargetRef": TARGET}}
EVERYTHING: dict[str, Any] = {**ONE_OF_EACH, **SCALED}
NOTHING: dict[str, Any] = {"ports": [], "serviceAccountName": "default", "replicas": 0}
STUCK = {"testbed.example/behaviour": "mount-error"}
LOOKED_AT_AFTER = 30
NOTICED_WITHIN = 60

_numbers = itertools.count(1)


@pytest.fixture
def install(
    spare: Cluster, helm: Helm, tmp_path: Path
) -> Callable[..., tuple[Tenant, Callable[[], Process]]]:
    """Install a release for some namespaces; it is started as often as one likes."""

    def installed(*namespaces: str) -> tuple[Tenant, Callable[[], Process]]:
        tenant = Tenant.install(spare, helm, f"tenant-{next(_numbers)}", *namespaces)
        credentials = tenant.kubeconfig()

        def process() -> Process:
            settings = tmp_path / f"{tenant.name}.yaml"
            settings.write_text(tenant.settings)
            options = (*tenant.options, f"--settings={settings}", *LOG)
            return Process(credentials, tmp_path / f"{tenant.name}.log", options)

        return tenant, process

    return installed


def test_each_right_is_needed_in_each_namespace_and_none_elsewhere(
    install: Callable[..., tuple[Tenant, Callable[[], Process]]],
    spare_world: Callable[..., World],
) -> None:
    """Nothing is denied, nothing is granted in vain, and other namespaces are left in peace."""
    tenant, process = install("one", "two")
    first, second = process(), process()
    worlds = [spare_world(name, first, tenant.user) for name in ("one", "two")]
    elsewhere = spare_world("elsewhere", first)
    elsewhere.apply(**EVERYTHING)
    mark = elsewhere.mark()
    for world in worlds:
        tenant.grant(world.namespace)

    with first:
        for world in worlds:
            _begin(world)
        for world in worlds:
            _go_on(world)
        for world in worlds:
            wait_until(partial(_looked, world), "a look at the pods", LOOKED_AT_AFTER)
    with second:  # it does not remember which Events there are
        for world in worlds:
            _drift(world, 3)
        for world in worlds:
            wait_until(partial(_counted, world), "the Event to be counted")

    assert list(tenant.flaws(mark, "one", "two")) == []
    assert elsewhere.children() == {}
    assert elsewhere.the("microservices")["status"]["observedGeneration"] == -1


def _begin(world: World) -> None:
    """What takes a while: pods that never start, names that are taken, a shared ConfigMap."""
    world.apply("stuck", podAnnotations=STUCK)
    share(world, "settings", REGION="eu")
    for kind in (*CHILDREN, HPA):
        name = named(kind, "taken" if kind == "deployments" else "orders")
        spec = {"spec": STRANGERS[kind]} if STRANGERS[kind] else {}
        world.create(kind, {"metadata": {"name": name, "annotations": ADOPT}, **spec})
    stranger = {"metadata": {"name": "exposed", "annotations": ADOPT}, "spec": {}}
    world.create("requestauthentications", stranger)
    for name in ("exposed", "told"):
        world.apply(name, replicas=0, exposure=exposed(f"{name}.{world.namespace}.example"))
    world.apply("taken", **NOTHING)
    world.apply("planned", mode="Plan", **EVERYTHING)
    world.apply("fresh", **EVERYTHING)
    world.apply(**EVERYTHING)
    world.apply("configured", config={"shared": ["settings"], "data": {"N": "0"}})


def _go_on(world: World) -> None:
    """Adopt, create, change, repair and delete, each kind of child."""
    world.await_condition("Applied", "False", "NameTaken", name="taken")
    world.await_condition("Applied", "Unknown", "Planned", name="planned")
    for name in ("orders", "fresh"):
        world.await_condition("Applied", "True", name=name)
    for name in ("exposed", "told"):
        world.await_condition("Applied", "True", name=name)
        world.apply(name, replicas=0)
    world.await_end("requestauthentications", "told")
    world.await_condition("Ready", "True", name="configured")
    world.ready("configured", config={"shared": ["settings"], "data": {"N": "1"}})
    _drift(world, 1)
    _drift(world, 2)
    world.patch(
        "configmaps",
        [*replace("/data/a.yaml", "evil"), *add("/immutable", value=True)],
        name=named("configmaps", "fresh"),
    )
    world.await_object(
        "configmaps", lambda it: "immutable" not in it, name=named("configmaps", "fresh")
    )
    _stray(world)
    world.ready("fresh", **NOTHING)


def _drift(world: World, port: int) -> None:
    """The same damage by the same hand, which makes one Event with a count."""
    world.patch("services", replace("/spec/ports/0/targetPort", port))
    world.await_object("services", lambda it: it["spec"]["ports"][0]["targetPort"] != port)


def _stray(world: World) -> None:
    """A Deployment that says it is a child, and is not wanted."""
    child = world.the("deployments", "fresh")
    metadata = {key: child["metadata"][key] for key in ("labels", "ownerReferences")}
    world.create(
        "deployments",
        {"metadata": {**metadata, "name": "stray"}, "spec": STRANGERS["deployments"]},
    )
    world.await_end("deployments", "stray")


def _counted(world: World) -> bool:
    """Whether there is an Event of all three."""
    return any((event.get("series") or {}).get("count", 1) >= 3 for event in world.all("events"))


def _looked(world: World) -> bool:
    """Whether the operator has asked for all that it looks at but now and then."""
    requests = world.cluster.audit.requests(user=world.user, namespace=world.namespace, verb="list")
    return {"pods", "events", "replicasets"} <= {each.resource for each in requests}


def test_what_is_not_granted_holds_nothing_else_up(
    install: Callable[..., tuple[Tenant, Callable[[], Process]]],
    spare_world: Callable[..., World],
) -> None:
    """A Role without a kind is told by its kind and namespace, and a grant heals it."""
    tenant, start = install("whole", "trimmed")
    process = start()
    whole, trimmed = (spare_world(name, process, tenant.user) for name in ("whole", "trimmed"))
    tenant.grant("whole")
    tenant.grant("trimmed", "networkpolicies", "events", "replicasets")

    with process:
        whole.ready(allowFrom=[])
        trimmed.ready("open", replicas=0)
        trimmed.ready("configured", config={"data": {"N": "0"}})
        trimmed.ready("configured", config={"data": {"N": "1"}})
        trimmed.apply(replicas=0, allowFrom=[])
        found = trimmed.await_condition("Applied", "False", "Forbidden")
        told = condition(found, "Ready")["message"]
        lost = wait_until(lambda: _missing(process, "events"), "the log to tell of it")
        tenant.grant("trimmed")
        trimmed.await_condition("Ready", "True", timeout=NOTICED_WITHIN)
        trimmed.ready(replicas=0, allowFrom=[], image="registry.example/app:2")
        wait_until(lambda: trimmed.notes("Ready"), "Events to be posted")

    assert told.startswith("The operator may not write NetworkPolicy/orders")
    assert 'in the namespace "trimmed"' in told
    assert 'in the namespace "trimmed"' in lost[0]
    assert _missing(process, "networkpolicies")
    assert "Traceback" not in process.log.read_text()


def _missing(process: Process, resource: str) -> list[str]:
    """The rights to this resource that the log says are missing."""
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    missing = [line["right"] for line in lines if line["msg"] == "right missing"]
    return [right for right in missing if f'resource "{resource}"' in right]


def test_a_namespace_may_come_and_go_and_come_back(
    install: Callable[..., tuple[Tenant, Callable[[], Process]]],
    spare_world: Callable[..., World],
) -> None:
    """The others are served all the while, by the same process."""
    tenant, start = install("steady", "fickle")
    process = start()
    steady = spare_world("steady", process, tenant.user)
    tenant.grant("steady")

    with process:
        steady.ready("before", replicas=0)
        for number in range(2):
            fickle = spare_world("fickle", process, tenant.user)
            tenant.grant("fickle")
            fickle.apply(replicas=0)
            fickle.await_condition("Ready", "True", timeout=NOTICED_WITHIN)
            fickle.kubectl("delete", "namespace", "fickle", "--wait=false")
            wait_until(
                lambda: not steady.cluster.get("namespace", "fickle"), "the namespace to go", 120
            )
            steady.ready(f"after-{number}", replicas=0)
        assert process.running
        assert process.get("/readyz")[0] == 200
    assert "Traceback" not in process.log.read_text()
