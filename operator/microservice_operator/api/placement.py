"""Where pods may run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Entries, Items, text, whole
from microservice_operator.api.keys import qualified
from microservice_operator.api.scalars import QUALIFIED, LabelValue, ObjectName
from microservice_operator.api.schema import Block, Rule

TaintKey = Annotated[
    str,
    text(
        "the key of a taint: letters, digits, '-', '_' and '.', optionally after a DNS name "
        "and '/', at most 317 characters",
        longest=317,
        pattern=f"^{QUALIFIED}$",
    ),
]


class Toleration(Block):
    """A taint that pods bear; a node with it may run them."""

    key: TaintKey | None = None
    """Key of the taint; absent with `operator: Exists` means every taint. Example: `dedicated`."""
    operator: Literal["Equal", "Exists"] | None = None
    """Whether `value` must be equal or any value will do; absent means Equal. Example: `Equal`."""
    value: LabelValue | None = None
    """Value of the taint. Example: `payments`."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; absent means every effect. Example: `NoSchedule`."""
    toleration_seconds: Annotated[int, whole(0, 2**31 - 1)] | None = None
    """How long pods stay once the taint appears; absent means for ever. Example: `300`."""

    rules: ClassVar = (
        Rule(
            field_path=".key",
            message="must be given unless `operator` is 'Exists'",
            cel="has(self.key) || (has(self.operator) && self.operator == 'Exists')",
            check=lambda toleration: toleration.key is not None or toleration.operator == "Exists",
        ),
        Rule(
            field_path=".value",
            message="must be absent or empty when `operator` is 'Exists'",
            cel="!has(self.value) || self.value == '' || !has(self.operator) || "
            "self.operator != 'Exists'",
            check=lambda toleration: not toleration.value or toleration.operator != "Exists",
            reason="FieldValueForbidden",
        ),
        Rule(
            field_path=".tolerationSeconds",
            message="must be absent unless `effect` is 'NoExecute'",
            cel="!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
            check=lambda toleration: (
                toleration.toleration_seconds is None or toleration.effect == "NoExecute"
            ),
            reason="FieldValueForbidden",
        ),
    )


class Placement(Block):
    """Which nodes may run the pods, and which pods go first."""

    node_selector: Annotated[Mapping[str, LabelValue], Entries(16)] = {}
    """Labels that a node must have. Example: `{kubernetes.io/arch: arm64}`."""
    tolerations: Annotated[tuple[Toleration, ...], Items(20)] = ()
    """Taints that the pods bear. Example: `[{key: dedicated, operator: Exists}]`."""
    priority_class_name: ObjectName | None = None
    """PriorityClass of the pods. Example: `business-critical`."""

    rules: ClassVar = (qualified("node_selector"),)
