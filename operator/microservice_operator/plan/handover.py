"""How the number of pods passes from us to an autoscaler without a pod being lost on the way.

Once our apply leaves `spec.replicas` out, the server resets it to 1, unless somebody else owns it.
So a field manager of its own takes it over first, and keeps it until the autoscaler changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microservice_operator.plan.manifest import Key, Manifest, Path

AUTOSCALER = "HorizontalPodAutoscaler"
REPLICAS: Path = ("spec", "replicas")


@dataclass(frozen=True, slots=True)
class Handover:
    """What the manager in between applies; without force it gives way to whoever was faster."""

    replicas: int
    force: bool = False


def floor(desired: Sequence[Manifest], key: Key) -> int | None:
    """The fewest pods that an autoscaler will allow this child; None if none scales it."""
    for manifest in desired:
        if manifest["kind"] == AUTOSCALER:
            target = manifest["spec"]["scaleTargetRef"]
            if key == (target["kind"], target["name"]):
                fewest: int = manifest["spec"].get("minReplicas", 1)
                return fewest
    return None


def of_new(fewest: int | None) -> Handover | None:
    """A child begins with one pod, which may be too few."""
    return Handover(fewest) if fewest and fewest > 1 else None


def of_held(fewest: int | None, held: int | None) -> Handover | None:
    """What we hold stays as it is, except that no autoscaler ever starts from 0."""
    if fewest is None or held is None:
        return None
    return Handover(held or fewest, force=not held)
