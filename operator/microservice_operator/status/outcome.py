"""What a pass found and did: everything that the status is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microservice_operator.api.versions import STABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.errors import UserError
    from microservice_operator.model.meshed import Mesh
    from microservice_operator.model.schedules import Bounds
    from microservice_operator.status.autoscaling import Autoscaler
    from microservice_operator.status.prospect import Prospect
    from microservice_operator.status.rollout import Rollout, Trouble
    from microservice_operator.status.routing import Routing
    from microservice_operator.status.traffic import Traffic


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
    routing: Routing | None = None
    stranger: str = ""
    """Whom the spec lets in in vain."""
    others: Mapping[str, Rollout | None] = field(default_factory=dict)
    """The pods of the other versions, by name; `rollout` are those of the stable track."""
    traffic: Traffic | None = None
    """Who gets the requests; None leaves what was said before."""

    @property
    def behind(self) -> tuple[str, Rollout | None]:
        """The first track that has not all its pods; the stable one if all have."""
        tracks = {STABLE: self.rollout, **self.others}
        late = (each for each in tracks.items() if each[1] is None or not each[1].complete)
        return next(late, (STABLE, self.rollout))

    @property
    def late(self) -> bool:
        """Whether the pods that are missing should be there by now."""
        _, rollout = self.behind
        return bool(rollout and rollout.late)
