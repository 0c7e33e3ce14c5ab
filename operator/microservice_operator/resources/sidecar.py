"""The Sidecar, present when the spec says who is called: the proxies know nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.model.labels import all_tracks, metadata

if TYPE_CHECKING:
    from microservice_operator.model import App, Manifest


def build(app: App) -> list[Manifest]:
    """What is not known is refused, by the proxy of the caller."""
    if app.guard.reach is None:
        return []
    spec = {
        "workloadSelector": {"labels": all_tracks(app.name)},
        "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
        "egress": [{"hosts": [*app.guard.reach]}],
    }
    return [{"metadata": metadata(app), "spec": spec}]
