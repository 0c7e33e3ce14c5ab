"""Children that were damaged on a real server are found and healed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.plan import FIELD_MANAGER, differences
from microservice_operator.plan.manifest import readable
from microservice_operator.plan.schema import KINDS, METADATA
from microservice_operator.plan.shapes import Granular, Keyed
from tests.integration.drift import (
    APP,
    EDIT,
    IN_APP,
    OTHER_DAMAGE,
    POD,
    Server,
    fit,
    heal,
    operations,
)
from tests.unit.plan import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microservice_operator.plan.manifest import Path
    from microservice_operator.plan.shapes import Shape
    from tests.cluster import Cluster
    from tests.unit.plan.samples import Object


@pytest.fixture
def server(cluster: Cluster, namespace: str) -> Server:
    """The test's own namespace."""
    return Server(cluster, namespace)


@pytest.mark.parametrize("sample", samples.ALL)
def test_an_untouched_child_does_not_differ(server: Server, sample: Callable[[], Object]) -> None:
    """The comparison sees through everything that the server does to a child."""
    desired = sample()
    server.apply(fit(sample()))
    there = server.get(desired)

    assert differences(fit(sample()), there) == []


@pytest.mark.parametrize("sample", samples.ALL)
def test_the_samples_of_the_unit_tests_are_owned_as_the_server_says(
    server: Server, sample: Callable[[], Object]
) -> None:
    """What the unit tests take for the server's notes on ownership is what it notes."""
    desired = fit(sample())

    [entry] = [
        entry
        for entry in server.apply(desired)["metadata"]["managedFields"]
        if entry["manager"] == FIELD_MANAGER
    ]

    assert entry["fieldsV1"] == samples.owned_by_apply(desired)


ALLOCATED = {
    "status",
    "spec.clusterIP",
    "spec.clusterIPs",
    "spec.ipFamilies",
    "spec.ipFamilyPolicy",
    "spec.template.spec.serviceAccount",  # the old name of serviceAccountName
}


def filled_in(ours: Any, theirs: Any, shape: Shape, path: Path = ()) -> Iterator[str]:
    """Where the server has put something that is neither ours nor its known default."""
    if isinstance(shape, Keyed):
        wanted = {shape.key(item): item for item in ours}
        for item in theirs:
            key = shape.key(item)
            yield from filled_in(wanted[key], item, shape.item, (*path, shape.named(key)))
    elif isinstance(shape, Granular) and isinstance(theirs, dict) and shape is not METADATA:
        for name, value in theirs.items():
            place, inner = (*path, name), shape.inner(name, value)
            if name in ours:
                yield from filled_in(ours[name], value, inner, place)
            elif not shape.is_default(name, value):
                yield readable(place)


@pytest.mark.parametrize("sample", samples.ALL)
def test_the_table_knows_the_servers_defaults(server: Server, sample: Callable[[], Object]) -> None:
    """A repair owns the defaults of what it brings back, and must not take them for a leftover."""
    desired = fit(sample())

    there = server.apply(desired)

    assert set(filled_in(desired, there, KINDS[desired["kind"]])) <= ALLOCATED


DEPLOYMENT_DAMAGE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "image": ({f"{APP}/image": "evil:1"}, [f"{IN_APP}.image"]),
    "probe removed": ({f"{APP}/livenessProbe": None}, [f"{IN_APP}.livenessProbe"]),
    "probe of another kind": (
        {f"{APP}/livenessProbe": {"exec": {"command": ["true"]}}},
        [f"{IN_APP}.livenessProbe.httpGet", f"{IN_APP}.livenessProbe.exec"],
    ),
    "port added": ({f"{APP}/ports/-": {"containerPort": 9}}, [f"{IN_APP}.ports[9/TCP]"]),
    "port edited": (
        {f"{APP}/ports/0": {"containerPort": 9, "name": "http"}},
        [f"{IN_APP}.ports[9/TCP]", f"{IN_APP}.ports[8080/TCP]"],
    ),
    "port renamed": ({f"{APP}/ports/0/name": "web"}, [f"{IN_APP}.ports[8080/TCP].name"]),
    "env added": ({f"{APP}/env/-": {"name": "X", "value": "1"}}, [f"{IN_APP}.env[X]"]),
    "env renamed": (
        {f"{APP}/env/0": {"name": "X", "value": "1"}},
        [f"{IN_APP}.env[X]", f"{IN_APP}.env[PORT]"],
    ),
    "env from elsewhere": (
        {f"{APP}/env/2": {"name": "POD", "value": "x"}},
        [f"{IN_APP}.env[POD].valueFrom", f"{IN_APP}.env[POD].value"],
    ),
    "env twice": ({f"{APP}/env/-": {"name": "PORT", "value": "1"}}, [f"{IN_APP}.env[PORT]"]),
    "env twice and added": (
        {f"{APP}/env": [{"name": name, "value": "1"} for name in ("PORT", "X", "PORT")]},
        [
            f"{IN_APP}.env[X]",
            f"{IN_APP}.env[PORT]",
            f"{IN_APP}.env[PORT].value",
            f"{IN_APP}.env[EMPTY]",
            f"{IN_APP}.env[POD]",
        ],
    ),
    "empty env replaced": (
        {f"{APP}/env/1": {"name": "X", "value": "1"}},
        [f"{IN_APP}.env[X]", f"{IN_APP}.env[EMPTY]"],
    ),
    "env reordered and added": (
        {
            f"{APP}/env": [
                {"name": "EMPTY"},
                {"name": "X", "value": "1"},
                {"name": "PORT", "value": "8080"},
            ]
        },
        [f"{IN_APP}.env[X]", f"{IN_APP}.env[POD]", f"{IN_APP}.env"],
    ),
    "container renamed": (
        {f"{APP}/name": "x"},
        ["spec.template.spec.containers[x]", "spec.template.spec.containers[app]"],
    ),
    "mount moved": (
        {f"{APP}/volumeMounts/0": {"name": "tmp", "mountPath": "/x"}},
        [f"{IN_APP}.volumeMounts[/x]", f"{IN_APP}.volumeMounts[/cache]"],
    ),
    "arguments": ({f"{APP}/args": ["--quiet"]}, [f"{IN_APP}.args"]),
    "limits": ({f"{APP}/resources/limits/cpu": "1"}, [f"{IN_APP}.resources.limits.cpu"]),
    "toleration": (
        {f"{POD}/tolerations/-": {"operator": "Exists"}},
        ["spec.template.spec.tolerations"],
    ),
    "node selector": ({f"{POD}/nodeSelector/zone": "a"}, ["spec.template.spec.nodeSelector"]),
    "volume swapped": (
        {f"{POD}/volumes/0": {"name": "tmp", "configMap": {"name": "x"}}},
        [
            "spec.template.spec.volumes[tmp].emptyDir",
            "spec.template.spec.volumes[tmp].configMap",
        ],
    ),
    "sidecar": (
        {f"{POD}/containers/-": {"name": "debug", "image": "sh"}},
        ["spec.template.spec.containers[debug]"],
    ),
    "init container": (
        {f"{POD}/initContainers": [{"name": "debug", "image": "sh"}]},
        ["spec.template.spec.initContainers"],
    ),
    "host network": ({f"{POD}/hostNetwork": True}, ["spec.template.spec.hostNetwork"]),
    "strategy": (
        {"/spec/strategy": {"type": "Recreate"}},
        ["spec.strategy.type", "spec.strategy.rollingUpdate"],
    ),
    "label": (
        {"/metadata/labels/app.kubernetes.io~1name": None},
        ["metadata.labels.app.kubernetes.io/name"],
    ),
}


@pytest.mark.parametrize("damage", DEPLOYMENT_DAMAGE)
def test_a_damaged_deployment_is_found_and_healed(server: Server, damage: str) -> None:
    """Each edit is found by its path, undone by one write, and leaves nothing behind."""
    desired = fit(samples.deployment())
    where, paths = DEPLOYMENT_DAMAGE[damage]
    server.apply(desired)

    there = server.patch(desired, operations(where), EDIT)

    assert sorted(each.path for each in differences(desired, there)) == sorted(paths)
    assert differences(desired, heal(server, desired)) == []


SERVICE_DAMAGE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "port edited": (
        {"/spec/ports/0/port": 81},
        ["spec.ports[81/TCP]", "spec.ports[80/TCP]"],
    ),
    "all ports edited": (
        {"/spec/ports/0/port": 81, "/spec/ports/1/port": 9001},
        [
            "spec.ports[81/TCP]",
            "spec.ports[9001/TCP]",
            "spec.ports[80/TCP]",
            "spec.ports[9000/TCP]",
        ],
    ),
    "port edited and others added": (
        {
            "/spec/ports/0/port": 81,
            "/spec/ports/-": {"name": "x", "port": 1},
            "/spec/ports/1/targetPort": 5,
        },
        ["spec.ports[81/TCP]", "spec.ports[80/TCP]", "spec.ports[9000/TCP].targetPort"],
    ),
    "port renamed": ({"/spec/ports/0/name": "web"}, ["spec.ports[80/TCP].name"]),
    "port added": ({"/spec/ports/-": {"name": "x", "port": 1}}, ["spec.ports[1/TCP]"]),
    "port removed": ({"/spec/ports/1": None}, ["spec.ports[9000/TCP]"]),
    "target": ({"/spec/ports/0/targetPort": 1}, ["spec.ports[80/TCP].targetPort"]),
    "selector added": ({"/spec/selector/canary": "yes"}, ["spec.selector"]),
    "selector removed": ({"/spec/selector/microservices.dev~1track": None}, ["spec.selector"]),
    "names swapped": (
        {"/spec/ports/0/name": "grpc", "/spec/ports/1/name": "http"},
        ["spec.ports[80/TCP].name", "spec.ports[9000/TCP].name"],
    ),
    "session affinity": ({"/spec/sessionAffinity": "ClientIP"}, ["spec.sessionAffinity"]),
}


@pytest.mark.parametrize("damage", SERVICE_DAMAGE)
def test_a_damaged_service_is_found_and_healed(server: Server, damage: str) -> None:
    """An edited port is what server-side apply alone can never repair."""
    desired = fit(samples.service())
    where, paths = SERVICE_DAMAGE[damage]
    server.apply(desired)

    there = server.patch(desired, operations(where), EDIT)
    found = [each.path for each in differences(desired, there)]

    assert set(paths) <= set(found)
    assert differences(desired, heal(server, desired)) == []


@pytest.mark.parametrize("damage", OTHER_DAMAGE)
def test_any_damaged_child_is_healed(server: Server, damage: str) -> None:
    """One write is enough for the other kinds, too."""
    sample, where = OTHER_DAMAGE[damage]
    desired = fit(sample())
    server.apply(desired)
    server.patch(desired, operations(where), EDIT)

    healed = heal(server, desired)

    assert differences(desired, healed) == []
    assert differences(desired, server.get(desired)) == []


def test_many_edits_at_once_are_healed_together(server: Server) -> None:
    """Their number changes nothing: it is one write."""
    desired = fit(samples.deployment())
    server.apply(desired)
    where = {
        f"{APP}/image": "evil:1",
        f"{APP}/livenessProbe": {"exec": {"command": ["true"]}},
        f"{APP}/ports/0": {"containerPort": 9},
        f"{APP}/env/0": {"name": "X", "value": "1"},
        f"{POD}/hostNetwork": True,
    }
    server.patch(desired, operations(where), EDIT)

    healed = heal(server, desired)

    assert differences(desired, healed) == []
