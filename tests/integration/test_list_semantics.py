"""The table of list and map semantics, read against the server's own OpenAPI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.plan.schema import KINDS
from microservice_operator.plan.shapes import ATOMIC, Atomic, Granular, Keyed, Quantity, Shape
from microservice_operator.resources import CHILDREN
from tests.cluster import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from microservice_operator.model.kinds import Kind
    from tests.cluster import Cluster

    Schema = dict[str, Any]


def _defined(kind: Kind) -> tuple[str, str]:
    """Where the server tells of a kind that has a CustomResourceDefinition."""
    group, _, version = kind.api_version.partition("/")
    backwards = ".".join(reversed(group.split(".")))
    return f"apis/{kind.api_version}", f"{backwards}.{version}.{kind.name}"


SOURCES = {kind.name: _defined(kind) for kind in CHILDREN if kind.of} | {
    "ConfigMap": ("api/v1", "io.k8s.api.core.v1.ConfigMap"),
    "Deployment": ("apis/apps/v1", "io.k8s.api.apps.v1.Deployment"),
    "HorizontalPodAutoscaler": (
        "apis/autoscaling/v2",
        "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    ),
    "NetworkPolicy": (
        "apis/networking.k8s.io/v1",
        "io.k8s.api.networking.v1.NetworkPolicy",
    ),
    "PodDisruptionBudget": ("apis/policy/v1", "io.k8s.api.policy.v1.PodDisruptionBudget"),
    "Service": ("api/v1", "io.k8s.api.core.v1.Service"),
    "ServiceAccount": ("api/v1", "io.k8s.api.core.v1.ServiceAccount"),
}

# Fields that no builder writes; everything else must be in the table or be as it assumes.
NOT_WRITTEN = {"status", "ephemeralContainers", "dataSource", "volumeClaimTemplate"}
VOLUMES_NOT_WRITTEN = {
    "cephfs",
    "cinder",
    "csi",
    "ephemeral",
    "fc",
    "flexVolume",
    "iscsi",
    "rbd",
    "scaleIO",
    "storageos",
}
QUANTITY_TYPE = "io.k8s.apimachinery.pkg.api.resource.Quantity"


class Reading:
    """A walk over one kind's schema, side by side with its row in the table."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.schemas = schemas
        self.lists = 0

    def object(self, schema: Schema, shape: Shape | None, path: str) -> Iterator[str]:
        """What the table gets wrong about a value and everything below it."""
        names, schema = self.resolved(schema)
        if QUANTITY_TYPE in names or isinstance(shape, Quantity):
            if not (QUANTITY_TYPE in names and isinstance(shape, Quantity)):
                yield f"{path}: is it a quantity? The table and the server disagree"
        elif schema.get("type") == "array":
            yield from self.list(schema, shape, path)
        else:
            yield from self.map(schema, shape, path)

    def list(self, schema: Schema, shape: Shape | None, path: str) -> Iterator[str]:
        """Associative lists must be in the table, with their keys; the rest is atomic."""
        self.lists += 1
        inner: Shape | None = ATOMIC
        associative = schema.get("x-kubernetes-list-type") == "map"
        if isinstance(shape, Atomic) or not (associative or isinstance(shape, Keyed)):
            inner = shape.each or ATOMIC if isinstance(shape, Atomic) else ATOMIC
        elif not isinstance(shape, Keyed):
            yield f"{path}: the server merges by {schema['x-kubernetes-list-map-keys']}"
        else:
            inner = shape.item
            keys = tuple(sorted(schema.get("x-kubernetes-list-map-keys", ())))
            fields = self.resolved(schema["items"])[1]["properties"]
            defaults = {key: fields[key]["default"] for key in keys if fields[key].get("default")}
            if (keys, defaults) != (shape.keys, dict(shape.defaults)):
                yield f"{path}: the server merges by {keys} with {defaults}"
        yield from self.object(schema["items"], inner, f"{path}[]")

    def map(self, schema: Schema, shape: Shape | None, path: str) -> Iterator[str]:
        """Atomic maps must be in the table, and the table must name no other field."""
        fields = schema.get("properties", {})
        if isinstance(shape, Keyed):
            yield f"{path}: is no list"
            return
        if schema.get("x-kubernetes-map-type") == "atomic" and not isinstance(shape, Atomic):
            yield f"{path}: the server replaces it as a whole"
        named = shape.of if isinstance(shape, Granular | Atomic) else {}
        yield from (
            f"{path}.{name}: the server knows no such field" for name in named - fields.keys()
        )
        rest = ATOMIC if isinstance(shape, Atomic) else None
        if isinstance(shape, Granular | Atomic):
            rest = shape.each or rest  # type: ignore[assignment] # a Granular has any shape here
        for name, field in fields.items():
            unwritten = path.endswith("volumes[]") and name in VOLUMES_NOT_WRITTEN
            if name not in NOT_WRITTEN and not unwritten:
                yield from self.object(field, named.get(name) or rest, f"{path}.{name}")
        if schema.get("additionalProperties"):
            yield from self.object(schema["additionalProperties"], rest, f"{path}.*")

    def resolved(self, schema: Schema) -> tuple[set[str], Schema]:
        """A schema with what it refers to folded in, and the names of that."""
        names: set[str] = set()
        folded: Schema = {}
        parts = list(schema.get("allOf", []))
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            names.add(name)
            parts.append(self.schemas[name])
        for part in parts:
            inner, content = self.resolved(part)
            names |= inner
            folded |= content
        return names, folded | {n: v for n, v in schema.items() if n not in ("allOf", "$ref")}


def read(cluster: Cluster, kind: str) -> tuple[Reading, Schema]:
    """The server's schema of a kind."""
    group, name = SOURCES[kind]
    raw = ("get", "--raw", f"/openapi/v3/{group}")

    def published() -> dict[str, Schema]:
        said = cluster.kubectl(*raw, check=False).stdout
        found: dict[str, Schema] = json.loads(said)["components"]["schemas"] if said else {}
        return found if name in found else {}

    schemas = wait_until(published, f"the schema of {kind}")
    return Reading(schemas), schemas[name]


@pytest.mark.parametrize("kind", SOURCES)
def test_the_table_says_what_the_server_says(cluster: Cluster, kind: str) -> None:
    """Every list, map and quantity that we may write is treated as the server treats it."""
    reading, schema = read(cluster, kind)

    assert list(reading.object(schema, KINDS[kind], kind)) == []
    assert reading.lists


def test_every_kind_of_the_table_is_read() -> None:
    """A row that nothing checks could say anything."""
    assert KINDS.keys() == SOURCES.keys()


def test_a_wrong_table_is_found_out(cluster: Cluster) -> None:
    """A row without content, and one with wrong keys, would not pass."""
    reading, schema = read(cluster, "Service")
    wrong = Granular({"spec": Granular({"ports": Keyed(("name",)), "selector": ATOMIC})})

    assert set(reading.object(schema, Granular(), "Service")) >= {
        "Service.spec.ports: the server merges by ['port', 'protocol']",
        "Service.spec.selector: the server replaces it as a whole",
    }
    assert "Service.spec.ports: the server merges by ('port', 'protocol') with " in " ".join(
        reading.object(schema, wrong, "Service")
    )
