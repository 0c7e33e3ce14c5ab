"""Who needs a token is led in when those who ask for it stand, and they go after the last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from microservice_operator.api.scalars import milliseconds
from microservice_operator.engine.arrivals import LOOK_EVERY
from microservice_operator.model.kinds import AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION
from microservice_operator.plan import Key as ChildKey
from microservice_operator.plan import digest
from microservice_operator.resources import desired

if TYPE_CHECKING:
    from collections.abc import Callable

    from microservice_operator.api.mesh import MeshSettings
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.exposures import Exposures
    from microservice_operator.engine.queue import Key
    from microservice_operator.model import App, Manifest

ASKING = (AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION)
ASKING_KINDS = frozenset(kind.name for kind in ASKING)


def as_guarded(store: Store, app: App) -> App:
    """The app as hosts may know it: with proxies only if these have been told whom to refuse.

    While they have not, its hosts stay as they are, also when the policies are refused.
    """
    if not (app.guard.tokens and app.mesh.proxied) or _in_force(store, app):
        return app
    return replace(app, mesh=replace(app.mesh, proxied=None))


class Sentries:
    """Those who ask for tokens stay until nobody is led in any more who had to show one.

    Proxies learn of a route and of a policy as they please: so `settle` lies between the two.
    """

    def __init__(self, store: Store, exposures: Exposures, now: Callable[[], float]) -> None:
        self._store = store
        self._exposures = exposures
        self._now = now
        self._deserted: dict[Key, float | None] = {}

    def stay(self, key: Key, app: App, settings: MeshSettings) -> float | None:
        """Until when they stay as they are; None when they may change and go."""
        if app.mesh.away or not self._stand(app):
            self.forget(key)
            return None
        now, settle = self._now(), milliseconds(settings.settle) / 1000
        if self._exposures.lingers(key, everywhere=not app.guard.tokens):
            self._deserted[key] = None
            return now + max(LOOK_EVERY, settle)
        if app.guard.tokens and key not in self._deserted:
            return None
        since = self._deserted.get(key)
        since = self._deserted[key] = now if since is None else since
        if now < since + settle:
            return since + settle
        if app.guard.tokens:
            self.forget(key)
        return None

    def forget(self, key: Key) -> None:
        """Nobody is led in, or the Microservice is gone."""
        self._deserted.pop(key, None)

    def _stand(self, app: App) -> bool:
        return any(child.kind is REQUEST_AUTHENTICATION for child in self._store.of(app.uid))


def _in_force(store: Store, app: App) -> bool:
    live = {ChildKey(child.kind.name, child.name): child for child in store.of(app.uid)}

    def stands(manifest: Manifest) -> bool:
        child = live.get(ChildKey.of(manifest))
        if child is None or child.deleting or child.raw is not None:  # nobody has compared it yet
            return False
        return child.verified == digest(manifest)

    return all(stands(each) for each in desired(app, ASKING))
