"""How many pods run, decided by an autoscaler between two bounds."""

from __future__ import annotations

from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Items, whole
from microservice_operator.api.metrics import Metric
from microservice_operator.api.scaling_behavior import Behavior
from microservice_operator.api.schedules import Schedule
from microservice_operator.api.schema import Block, Rule

Pods = Annotated[int, whole(1, 1000)]
Percent = Annotated[int, whole(1, 1000)]


class Scaling(Block):
    """Between which bounds the number of pods moves, and what moves it."""

    min: Pods | None = None
    """Fewest pods; absent means 1. Example: `2`."""
    max: Pods | None = None
    """Most pods; absent means 10, or `min` if that is more. Example: `20`."""
    cpu: Percent | None = None
    """CPU in use, in percent of the container's request. Example: `70`."""
    memory: Percent | None = None
    """Memory in use, in percent of the container's request. Example: `80`."""
    requests_per_second: Annotated[int, whole(1, 10**6)] | None = None
    """Requests that one pod serves in a second, as the mesh counts them. Example: `100`."""
    metrics: Annotated[tuple[Metric, ...], Items(8)] = ()
    """Metrics as in autoscaling/v2; without any metric it is `cpu: 80`. Example: `[{type: Pods,
    pods: {metric: {name: open_connections}, target: {type: AverageValue, averageValue: 100}}}]`."""
    behavior: Behavior | None = None
    """How fast pods come and go, as in autoscaling/v2. Example: `{scaleDown: {selectPolicy:
    Disabled}}`."""
    schedules: Annotated[tuple[Schedule, ...], Items(20, key="name")] = ()
    """Windows of time with more pods, by name. Example: `[{name: lunch, start: 30 11 * * *,
    duration: 2h, min: 10}]`."""

    rules: ClassVar = (
        Rule(
            field_path=".min",
            message="must not be greater than `max`",
            cel="!has(self.min) || !has(self.max) || self.min <= self.max",
            check=lambda scaling: (
                scaling.min is None or scaling.max is None or scaling.min <= scaling.max
            ),
        ),
    )
