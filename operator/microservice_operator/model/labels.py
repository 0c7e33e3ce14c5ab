"""Labels and ownership: how children are found, selected and tied to their Microservice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.api.versions import STABLE
from microservice_operator.model.kinds import MICROSERVICE

if TYPE_CHECKING:
    from microservice_operator.model.app import App

MANAGER = "microservice-operator"
MANAGED_BY = "app.kubernetes.io/managed-by"
NAME = "app.kubernetes.io/name"
DOMAIN = "microservices.dev"
TRACK = f"{DOMAIN}/track"
TEAM = f"{DOMAIN}/team"
ADOPT = f"{DOMAIN}/adopt"
SHARED_CONFIG = f"{DOMAIN}/shared-config"
# By these a mesh knows the pods that want a proxy, and which.
INJECT, REVISION = "sidecar.istio.io/inject", "istio.io/rev"

CHILDREN_OF_ALL = f"{MANAGED_BY}={MANAGER}"
SHARED_BY_ALL = f"{SHARED_CONFIG}=true"


def selector(name: str, track: str = STABLE) -> dict[str, str]:
    """The two labels by which pods are selected; frozen, because a selector cannot change."""
    return {NAME: name, TRACK: track}


def all_tracks(name: str) -> dict[str, str]:
    """Labels that all pods of an app have, and no other pods; nothing frozen may select by them."""
    return {NAME: name, MANAGED_BY: MANAGER}


def labels(app: App) -> dict[str, str]:
    """The labels of every child and of its pods. Nothing in them changes in a child's life."""
    return {
        **selector(app.name, app.track),
        "app.kubernetes.io/part-of": app.name,
        MANAGED_BY: MANAGER,
    }


def pod_labels(app: App) -> dict[str, str]:
    """The labels of the pods: the user's, then ours, which meshes and dashboards look for."""
    return {
        **app.pod_labels,
        **labels(app),
        "app": app.name,
        "version": app.version,
        "app.kubernetes.io/version": app.version,
    }


def notes(app: App) -> dict[str, str]:
    """The annotations that tell people about the app."""
    return {f"{DOMAIN}/{name}": text for name, text in app.catalogue.notes.items()}


def dashboard_map(app: App) -> str:
    """The name of the ConfigMap with the dashboard."""
    return f"{app.name}-dashboard"


def metadata(app: App, name: str = "") -> dict[str, Any]:
    """The metadata of a child, which is called as its track unless it has a `name`.

    The team is no label of the pods: another team must not replace them. The owner reference
    never blocks the owner's deletion: whoever deletes a Microservice waits for nothing.
    """
    return {
        "name": name or app.title,
        "namespace": app.namespace,
        "labels": labels(app) | ({TEAM: team} if (team := app.catalogue.team) else {}),
        "ownerReferences": [
            {
                "apiVersion": MICROSERVICE.api_version,
                "kind": MICROSERVICE.name,
                "name": app.name,
                "uid": app.uid,
                "controller": True,
            }
        ],
    }


def findable(app: App) -> dict[str, Any]:
    """The metadata of a child that a Prometheus operator looks for."""
    plain = metadata(app)
    return plain | {"labels": {**app.observability.labels, **plain["labels"]}}
