"""The environment variables of the application's container."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import either, text, whole
from microservice_operator.api.scalars import DataKey, ObjectName
from microservice_operator.api.schema import Block, Choice, Rule

VariableName = Annotated[
    str,
    text(
        "the name of a variable: letters, digits, '-', '_' and '.', no digit first, "
        "at most 253 characters",
        longest=253,
        pattern="^[-._a-zA-Z][-._a-zA-Z0-9]*$",
    ),
]
VariableValue = Annotated[
    str, text("a string of at most 32768 characters; quote numbers", longest=32768, shortest=0)
]
PodField = Annotated[
    str,
    text(
        "metadata.name, metadata.namespace, metadata.uid, metadata.labels['key'], "
        "metadata.annotations['key'], spec.nodeName, spec.serviceAccountName, status.hostIP, "
        "status.hostIPs, status.podIP or status.podIPs",
        longest=350,
        pattern=r"^(metadata\.(name|namespace|uid|(labels|annotations)\['[-A-Za-z0-9_./]+'\])"
        r"|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$",
    ),
]
ContainerResource = Annotated[
    str,
    text(
        "limits or requests, a '.', and cpu, memory, ephemeral-storage or hugepages-2Mi",
        longest=64,
        pattern=r"^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-[1-9][0-9]*[KMGT]i)$",
    ),
]
Divisor = Annotated[
    int | str,
    either(
        "1 or one unit: '1m' for cpu, or '1k' to '1E' or '1Ki' to '1Ei' for the others",
        whole(1, 1),
        text("a unit", longest=3, pattern="^1([mkMGTPE]|[KMGTPE]i)?$"),
    ),
]


class KeyRef(Block):
    """One entry of a Secret or a ConfigMap of the same namespace."""

    name: ObjectName
    """Name of the Secret or ConfigMap. Example: `orders-database`."""
    key: DataKey
    """Which entry of its data to take. Example: `password`."""
    optional: bool | None = None
    """Whether the container may start without it. Example: `true`."""


class FieldRef(Block):
    """One field of the pod."""

    field_path: PodField
    """Which field of the pod to take. Example: `status.podIP`."""


class ResourceFieldRef(Block):
    """One request or limit of the application's container."""

    resource: ContainerResource
    """Which request or limit to take. Example: `limits.memory`."""
    divisor: Divisor | None = None
    """Unit of the number that the variable gets; absent means 1. Example: `1Mi`."""

    rules: ClassVar = (
        Rule(
            field_path=".divisor",
            message="must be 1 or '1m' for cpu, and anything but '1m' for the others",
            cel="!has(self.divisor) || (self.resource.endsWith('.cpu') "
            "? string(self.divisor) in ['1', '1m'] : string(self.divisor) != '1m')",
            check=lambda ref: (
                ref.divisor is None
                or (
                    str(ref.divisor) in {"1", "1m"}
                    if ref.resource.endswith(".cpu")
                    else ref.divisor != "1m"
                )
            ),
        ),
    )


class ValueFrom(Block):
    """Where the value of a variable comes from."""

    secret_key_ref: KeyRef | None = None
    """An entry of a Secret. Example: `{name: orders-database, key: password}`."""
    config_map_key_ref: KeyRef | None = None
    """An entry of a ConfigMap. Example: `{name: orders-settings, key: region}`."""
    field_ref: FieldRef | None = None
    """A field of the pod. Example: `{fieldPath: status.podIP}`."""
    resource_field_ref: ResourceFieldRef | None = None
    """A request or limit of the container. Example: `{resource: limits.memory, divisor: 1Mi}`."""

    choices: ClassVar = (
        Choice(
            ("secret_key_ref",),
            ("config_map_key_ref",),
            ("field_ref",),
            ("resource_field_ref",),
            required=True,
        ),
    )


class EnvVar(Block):
    """One environment variable."""

    name: VariableName
    """Name of the variable, unique in the list. Example: `LOG_LEVEL`."""
    value: VariableValue | None = None
    """The value itself; absent without `valueFrom` means empty. Example: `debug`."""
    value_from: ValueFrom | None = None
    """Where else the value comes from. Example: `{fieldRef: {fieldPath: status.podIP}}`."""

    choices: ClassVar = (Choice(("value",), ("value_from",)),)


class SourceRef(Block):
    """A Secret or ConfigMap of the same namespace, with all its entries."""

    name: ObjectName
    """Name of the Secret or ConfigMap. Example: `orders-settings`."""
    optional: bool | None = None
    """Whether the container may start without it. Example: `true`."""


class EnvFrom(Block):
    """A source of many variables, one for each of its entries."""

    prefix: VariableName | None = None
    """What to put before the name of every variable. Example: `DB_`."""
    secret_ref: SourceRef | None = None
    """A Secret to take all entries from. Example: `{name: orders-database}`."""
    config_map_ref: SourceRef | None = None
    """A ConfigMap to take all entries from. Example: `{name: orders-settings}`."""

    choices: ClassVar = (Choice(("secret_ref",), ("config_map_ref",), required=True),)
