"""How the tracks of a Microservice stand, as their live children tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.model import Mode
from microservice_operator.model.kinds import AUTOSCALER, DEPLOYMENT
from microservice_operator.status import Autoscaler

if TYPE_CHECKING:
    from microservice_operator.cluster.decode import Child
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.queue import Key
    from microservice_operator.model import App, Kind
    from microservice_operator.status import Rollout


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks of one Microservice; of a spec that is not understood only the stable one."""

    store: Store
    key: Key
    uid: str
    app: App | None

    def child(self, kind: Kind, title: str) -> Child | None:
        """The child of this kind of the track that is called so."""
        there = self.store.at(kind.name, self.key.namespace, title)
        return there if there and there.owner and there.owner.uid == self.uid else None

    def rollouts(self) -> dict[str, Rollout | None]:
        """How far the pods of the other versions have come; what is only planned is not missed."""
        found = {
            track.track: self.child(DEPLOYMENT, track.title)
            for track in (self.app.versions if self.app else ())
        }
        acts = self.app is not None and self.app.mode is Mode.APPLY
        return {
            track: child.rollout if child else None
            for track, child in found.items()
            if child or acts
        }

    def rollout(self) -> Rollout | None:
        """How far the pods of the stable track have come."""
        there = self.child(DEPLOYMENT, self.key.name)
        return there.rollout if there else None

    def complete(self) -> bool:
        """Whether every track has all its pods."""
        every = (self.rollout(), *self.rollouts().values())
        return all(rollout and rollout.complete for rollout in every)

    def autoscaler(self) -> Autoscaler | None:
        """The first autoscaler that does not decide; else that of the stable track, if any."""
        found = [self._autoscaler(track) for track in self.app.tracks] if self.app else []
        some = [each for each in found if each]
        return next((each for each in some if not each.decides), some[0] if some else None)

    def _autoscaler(self, track: App) -> Autoscaler | None:
        """What is asked of it, and what it says of itself."""
        if track.scaling is None:
            return None
        there = self.child(AUTOSCALER, track.title)
        fewest, most = (there and there.bounds) or (track.scaling.min, track.scaling.max)
        return Autoscaler(
            name=track.title,
            fewest=fewest,
            most=most,
            ignored=track.scaling.beside_replicas,
            exists=there is not None,
            blind=there.blind if there else "",
        )
