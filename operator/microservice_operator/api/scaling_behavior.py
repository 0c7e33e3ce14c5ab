"""How fast an autoscaler moves: the `behavior` of autoscaling/v2."""

from __future__ import annotations

from typing import Annotated, Literal

from microservice_operator.api.bounds import Items, whole
from microservice_operator.api.scalars import Quantity
from microservice_operator.api.schema import Block


class Policy(Block):
    """How much may change within a period."""

    type: Literal["Pods", "Percent"]
    """What `value` counts. Example: `Percent`."""
    value: Annotated[int, whole(1, 2**31 - 1)]
    """How much may change. Example: `50`."""
    period_seconds: Annotated[int, whole(1, 1800)]
    """Within how many seconds. Example: `60`."""


class Pace(Block):
    """How fast the number of pods may move in one direction."""

    stabilization_window_seconds: Annotated[int, whole(0, 3600)] | None = None
    """How far it looks back for a calmer recommendation. Example: `300`."""
    select_policy: Literal["Max", "Min", "Disabled"] | None = None
    """Which policy counts; Disabled stops this direction. Example: `Min`."""
    policies: Annotated[tuple[Policy, ...], Items(10, least=1)] | None = None
    """How much may change. Example: `[{type: Pods, value: 4, periodSeconds: 60}]`."""
    tolerance: Quantity | None = None
    """By what part a metric may miss its target unheeded. Example: `"0.05"`."""


class Behavior(Block):
    """How fast pods come and go."""

    scale_up: Pace | None = None
    """How fast pods are added. Example: `{stabilizationWindowSeconds: 30}`."""
    scale_down: Pace | None = None
    """How fast pods are removed. Example: `{selectPolicy: Disabled}`."""
