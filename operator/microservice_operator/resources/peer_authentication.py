"""The PeerAuthentication, present when it is said who may connect in the mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """Ask callers of all pods of the app for a certificate, or let them do without."""
    if not app.mesh.mutual_tls:
        return []
    return [
        {
            "metadata": metadata(app),
            "spec": {
                "selector": {"matchLabels": all_tracks(app.name)},
                "mtls": {"mode": app.mesh.mutual_tls},
            },
        }
    ]
