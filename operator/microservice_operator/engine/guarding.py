"""Who needs a token is led in after those who ask for it are there, and they go after the last."""

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
    `lingers` says whether a host still serves what a Microservice wants no more.
    """

    def __init__(
        self, store: Store, lingers: Callable[[Key], bool], now: Callable[[], float]
    ) -> None:
        self._store = store
        self._lingers = lingers
        self._now = now
        self._deserted: dict[Key, float] = {}

    def stay(self, key: Key, app: App, settings: MeshSettings) -> float | None:
        """Until when they stay, although nobody wants them; None when they may go."""
        if app.guard.tokens or not self._stand(app):
            self.forget(key)
            return None
        now, settle = self._now(), milliseconds(settings.settle) / 1000
        if self._lingers(key):
            self.forget(key)
            return now + max(LOOK_EVERY, settle)
        until = self._deserted.setdefault(key, now) + settle
        return until if until > now else None

    def forget(self, key: Key) -> None:
        """They are wanted, or the Microservice is gone."""
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
