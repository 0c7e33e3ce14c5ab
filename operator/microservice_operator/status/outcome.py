"""What a pass found and did: everything that the status is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.errors import UserError
    from microservice_operator.model.app import Mesh
    from microservice_operator.model.schedules import Bounds
    from microservice_operator.status.autoscaling import Autoscaler
    from microservice_operator.status.prospect import Prospect
    from microservice_operator.status.rollout import Rollout, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a pass found and did."""

    name: str
    generation: int
    version: str | None
    children: int
    error: UserError | None
    recreating: str | None
    rollout: Rollout | None
    looked: bool
    trouble: Trouble | None
    planned: Prospect | None = None
    paused: bool = False
    autoscaler: Autoscaler | None = None
    windows: Bounds | None = None
    mesh: Mesh | None = None
