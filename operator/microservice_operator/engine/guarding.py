"""Whether what asks for tokens is in force: until then nobody who needs one is led in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from microservice_operator.model.kinds import AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION
from microservice_operator.plan import Key, digest
from microservice_operator.resources import desired

if TYPE_CHECKING:
    from microservice_operator.cluster.store import Store
    from microservice_operator.model import App, Manifest

ASKING = (AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION)


def as_guarded(store: Store, app: App) -> App:
    """The app as hosts may know it: with proxies only if these have been told whom to refuse.

    While they have not, its hosts stay as they are, also when the policies are refused.
    """
    if not (app.guard.tokens and app.mesh.proxied) or _in_force(store, app):
        return app
    return replace(app, mesh=replace(app.mesh, proxied=None))


def _in_force(store: Store, app: App) -> bool:
    live = {Key(child.kind.name, child.name): child for child in store.of(app.uid)}

    def stands(manifest: Manifest) -> bool:
        child = live.get(Key.of(manifest))
        if child is None or child.deleting or child.raw is not None:  # nobody has compared it yet
            return False
        return child.verified == digest(manifest)

    return all(stands(each) for each in desired(app, ASKING))
