"""Between which bounds an autoscaler keeps the number of pods, and what it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.api.scalars import amount
from microservice_operator.errors import Invalid
from microservice_operator.model import schedules
from microservice_operator.model.written import manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from microservice_operator.api.microservice import Microservice
    from microservice_operator.api.scaling import Scaling as Asked
    from microservice_operator.api.spec import Spec
    from microservice_operator.model.app import Manifest
    from microservice_operator.model.schedules import Bounds

FEWEST, MOST = 1, 10
CPU_PERCENT = 80
CONTAINER = "app"
REQUESTS_PER_SECOND = "microservice_requests_per_second"


@dataclass(frozen=True, slots=True)
class Scaling:
    """How an autoscaler is to decide how many pods run, whatever `replicas` says beside it."""

    min: int
    max: int
    metrics: tuple[Manifest, ...]
    behavior: Manifest | None
    beside_replicas: bool
    windows: Bounds | None
    """Where the schedules stand; None when there are none."""


def scaling(microservice: Microservice, version: str, now: datetime) -> Scaling | None:
    """What the user asks for at this time.

    Raises:
        Invalid: a metric is a percentage of something that the container does not request, or a
            schedule makes no sense.
    """
    spec = microservice.spec
    asked = spec.scaling
    if asked is None:
        return None
    series = {
        "namespace": microservice.namespace,
        "service": microservice.name,
        "version": version,
    }
    metrics = (*_shorthands(asked, series), *map(manifest, asked.metrics)) or (
        _utilisation("cpu", CPU_PERCENT),
    )
    for metric in metrics:
        _have_request(metric, spec)
    fewest, most = bounds(asked)
    windows = None
    if asked.schedules:
        windows = schedules.bounds(fewest, most, schedules.understood(asked.schedules), now)
        fewest, most = windows.min, windows.max
    behavior = manifest(asked.behavior) if asked.behavior else None
    return Scaling(
        min=fewest,
        max=most,
        metrics=metrics,
        behavior=behavior,
        beside_replicas=spec.replicas is not None,
        windows=windows,
    )


def bounds(asked: Asked) -> tuple[int, int]:
    """Fewest and most pods, whatever the time."""
    fewest = asked.min or FEWEST
    return fewest, asked.max or max(MOST, fewest)


def _shorthands(asked: Asked, series: Mapping[str, str]) -> Iterator[Manifest]:
    """The short forms; `series` are the labels by which the mesh counts our requests."""
    if asked.cpu is not None:
        yield _utilisation("cpu", asked.cpu)
    if asked.memory is not None:
        yield _utilisation("memory", asked.memory)
    if asked.requests_per_second is not None:
        name = {"name": REQUESTS_PER_SECOND, "selector": {"matchLabels": dict(series)}}
        target = {"type": "AverageValue", "averageValue": str(asked.requests_per_second)}
        yield {"type": "External", "external": {"metric": name, "target": target}}


def _utilisation(resource: str, percent: int) -> Manifest:
    """Of the application's container alone: what sidecars use says nothing about its load."""
    target = {"type": "Utilization", "averageUtilization": percent}
    source = {"name": resource, "container": CONTAINER, "target": target}
    return {"type": "ContainerResource", "containerResource": source}


def _have_request(metric: Manifest, spec: Spec) -> None:
    """Refuse a percentage of nothing: the autoscaler would never decide anything."""
    source: Any = metric.get("resource") or metric.get("containerResource")
    if source is None or source.get("container", CONTAINER) != CONTAINER:
        return
    resource = source["name"]
    requested = {**spec.resources.limits, **spec.resources.requests}.get(resource, 0)
    if source["target"]["type"] == "Utilization" and not amount(requested):
        raise Invalid(
            f"spec.resources.requests.{resource}: must be given and greater than 0, because "
            f"`scaling` goes by {resource} in percent of it; or scale by another metric"
        )
