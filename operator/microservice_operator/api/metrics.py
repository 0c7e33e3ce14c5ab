"""What an autoscaler goes by: the `metrics` of autoscaling/v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic.alias_generators import to_camel

from microservice_operator.api.bounds import Entries, Items, either, text, whole
from microservice_operator.api.keys import qualified
from microservice_operator.api.scalars import QUALIFIED, LabelValue, ObjectName
from microservice_operator.api.schema import Block, Rule

Amount = Annotated[
    int | str,
    either(
        "a quantity greater than 0, such as 2, '100m' or '10k'",
        whole(1, 10**15),
        text(
            "a quantity",
            longest=22,
            pattern=r"^(0*[1-9][0-9]{0,11}(\.[0-9]{1,6})?|0+\.[0-9]{0,5}[1-9][0-9]{0,5})"
            r"([numkMGTPE]|[KMGTPE]i|[eE][0-9]{1,2})?$",
        ),
    ),
]
MetricName = Annotated[
    str,
    text(
        "the name of a metric: begins with a letter, a digit or '_', printable ASCII without "
        "spaces, '/' and '%', at most 253 characters",
        longest=253,
        pattern="^[A-Za-z0-9_][!-$&-.0-~]*$",
    ),
]
ContainerName = Annotated[
    str,
    text(
        "the name of a container: lower-case letters, digits and '-', at most 63 characters",
        longest=63,
        pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ),
]
Word = Annotated[
    str,
    text(
        "a word of letters and digits, at most 63 characters",
        longest=63,
        pattern="^[A-Za-z][A-Za-z0-9]*$",
    ),
]
ApiVersion = Annotated[
    str,
    text(
        "an API version such as 'v1' or 'apps/v1', at most 253 characters",
        longest=253,
        pattern="^([-a-z0-9.]+/)?v[0-9][a-z0-9]*$",
    ),
]
LabelKey = Annotated[
    str,
    text(
        "the key of a label: letters, digits, '-', '_' and '.', optionally after a DNS name and "
        "'/', at most 317 characters",
        longest=317,
        pattern=f"^{QUALIFIED}$",
    ),
]
Resource = Annotated[str, text("'cpu' or 'memory'", longest=6, pattern="^(cpu|memory)$")]


def _told_by_type(**members: str) -> Rule:
    """Return the rule that `type` names the one of these fields that is given."""
    fields = {word: to_camel(field) for word, field in members.items()}
    names = ", ".join(f"`{field}` for '{word}'" for word, field in fields.items())
    return Rule(
        field_path=".type",
        message=f"must name the one member that is given: {names}",
        cel=" && ".join(
            f"has(self.{field}) == (self.type == '{word}')" for word, field in fields.items()
        ),
        check=lambda block: all(
            (getattr(block, field) is not None) == (block.type == word)
            for word, field in members.items()
        ),
    )


class Requirement(Block):
    """What a label must be like."""

    key: LabelKey
    """Key of the label. Example: `topic`."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How the label is judged. Example: `In`."""
    values: Annotated[tuple[LabelValue, ...], Items(16)] = ()
    """Values for In and NotIn. Example: `[orders, payments]`."""

    rules: ClassVar = (
        Rule(
            field_path=".values",
            message="must be given for In and NotIn, and for nothing else",
            cel="(self.?values.orValue([]).size() > 0) == (self.operator in ['In', 'NotIn'])",
            check=lambda block: bool(block.values) == (block.operator in {"In", "NotIn"}),
        ),
    )


class Selector(Block):
    """Which series of a metric count."""

    match_labels: Annotated[Mapping[str, LabelValue], Entries(8)] = {}
    """Labels that a series must have. Example: `{topic: orders}`."""
    match_expressions: Annotated[tuple[Requirement, ...], Items(8)] = ()
    """What its labels must be like. Example: `[{key: topic, operator: Exists}]`."""

    rules: ClassVar = (qualified("match_labels"),)


class Identifier(Block):
    """Which metric of a metrics API."""

    name: MetricName
    """Name of the metric. Example: `queue_length`."""
    selector: Selector | None = None
    """Which of its series count; absent means all. Example: `{matchLabels: {topic: orders}}`."""


class Described(Block):
    """The object of this namespace that a metric is about."""

    api_version: ApiVersion | None = None
    """API version of the object. Example: `networking.k8s.io/v1`."""
    kind: Word
    """Kind of the object. Example: `Ingress`."""
    name: ObjectName
    """Name of the object. Example: `orders`."""


class UsageTarget(Block):
    """How much of a resource may be in use."""

    type: Literal["Utilization", "AverageValue"]
    """How the target is given. Example: `Utilization`."""
    average_utilization: Annotated[int, whole(1, 2**31 - 1)] | None = None
    """Percent of what is requested, on average over the pods. Example: `70`."""
    average_value: Amount | None = None
    """Amount for each pod. Example: `500m`."""

    rules: ClassVar = (
        _told_by_type(Utilization="average_utilization", AverageValue="average_value"),
    )


class ValueTarget(Block):
    """How great a metric may become, as a whole or for each pod."""

    type: Literal["Value", "AverageValue"]
    """How the target is given. Example: `AverageValue`."""
    value: Amount | None = None
    """Amount as a whole. Example: `10k`."""
    average_value: Amount | None = None
    """Amount for each pod. Example: `30`."""

    rules: ClassVar = (_told_by_type(Value="value", AverageValue="average_value"),)


class AverageTarget(Block):
    """How great a metric may become for each pod."""

    type: Literal["AverageValue"]
    """How the target is given. Example: `AverageValue`."""
    average_value: Amount
    """Amount for each pod. Example: `100`."""


class ResourceMetric(Block):
    """A resource that the whole pods use, sidecars included."""

    name: Resource
    """The resource. Example: `cpu`."""
    target: UsageTarget
    """How much may be in use. Example: `{type: Utilization, averageUtilization: 70}`."""


class ContainerResourceMetric(Block):
    """A resource that one container of the pods uses."""

    name: Resource
    """The resource. Example: `memory`."""
    container: ContainerName
    """The container; the application's is called app. Example: `app`."""
    target: UsageTarget
    """How much may be in use. Example: `{type: AverageValue, averageValue: 500Mi}`."""


class PodsMetric(Block):
    """A metric that every pod has."""

    metric: Identifier
    """The metric. Example: `{name: open_connections}`."""
    target: AverageTarget
    """How great it may become. Example: `{type: AverageValue, averageValue: 100}`."""


class ObjectMetric(Block):
    """A metric of another object."""

    metric: Identifier
    """The metric. Example: `{name: requests_per_second}`."""
    described_object: Described
    """The object. Example: `{apiVersion: networking.k8s.io/v1, kind: Ingress, name: orders}`."""
    target: ValueTarget
    """How great it may become. Example: `{type: Value, value: 10k}`."""


class ExternalMetric(Block):
    """A metric from outside of the cluster."""

    metric: Identifier
    """The metric. Example: `{name: queue_length, selector: {matchLabels: {topic: orders}}}`."""
    target: ValueTarget
    """How great it may become. Example: `{type: AverageValue, averageValue: 30}`."""


class Metric(Block):
    """One thing that the number of pods goes by; of several, the one that asks for most counts."""

    type: Literal["Resource", "ContainerResource", "Pods", "Object", "External"]
    """Which of the members below is given. Example: `External`."""
    resource: ResourceMetric | None = None
    """What the whole pods use. Example: `{name: cpu, target: {type: AverageValue, averageValue:
    500m}}`."""
    container_resource: ContainerResourceMetric | None = None
    """What one container uses. Example: `{name: cpu, container: app, target: {type: Utilization,
    averageUtilization: 70}}`."""
    pods: PodsMetric | None = None
    """What every pod tells. Example: `{metric: {name: open_connections}, target: {type:
    AverageValue, averageValue: 100}}`."""
    object: ObjectMetric | None = None
    """What is told of another object. Example: `{metric: {name: requests_per_second},
    describedObject: {kind: Service, name: orders}, target: {type: Value, value: 10k}}`."""
    external: ExternalMetric | None = None
    """What is told from outside. Example: `{metric: {name: queue_length}, target: {type:
    AverageValue, averageValue: 30}}`."""

    rules: ClassVar = (
        _told_by_type(
            Resource="resource",
            ContainerResource="container_resource",
            Pods="pods",
            Object="object",
            External="external",
        ),
    )
