"""The PeerAuthentication, present when it is said who may connect in the mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """Ask callers of all pods of the app for a certificate, or let them do without.

    A port of metrics is read in plain text by a reader who is not in the mesh.
    """
    if not app.mesh.mutual_tls:
        return []
    ports = {str(port): {"mode": "PERMISSIVE"} for port in app.guard.plain}
    return [
        {
            "metadata": metadata(app),
            "spec": {
                "selector": {"matchLabels": all_tracks(app.name)},
                "mtls": {"mode": app.mesh.mutual_tls},
                **({"portLevelMtls": ports} if ports else {}),
            },
        }
    ]
