"""All that a Microservice becomes: what it says, and what somebody may do to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.place import Place

Manifest = dict[str, Any]

# With it, an app has every kind of child.
EVERYTHING: Manifest = {
    "config": {"data": {"LEVEL": "info"}, "files": {"a.txt": "a"}},
    "resources": {"requests": {"cpu": "50m"}},
    "scaling": {"min": 2, "max": 4, "cpu": 1000},
    "allowFrom": [{"namespace": "elsewhere"}],
    "health": {"shutdown": {"drain": "1s"}},
}
# What somebody does to each kind.
EDITS: dict[str, Manifest] = {
    "ServiceAccount": {"automountServiceAccountToken": True},
    "ConfigMap": {"metadata": {"labels": {"app.kubernetes.io/name": "nobody"}}},  # it is immutable
    "Deployment": {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}},
    "Service": {"spec": {"selector": {"app.kubernetes.io/name": "nobody"}}},
    "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 3}},
    "PodDisruptionBudget": {"spec": {"maxUnavailable": 2}},
    "NetworkPolicy": {"spec": {"podSelector": {"matchLabels": {"app": "nobody"}}}},
}
GIVEN = {"clusterIP", "clusterIPs"}
"""What the server chooses anew."""

Children = dict[tuple[str, str], Manifest]


def belongings(place: Place, app: str) -> Children:
    """What each child says, by kind and name, without what the server keeps for itself."""
    answer = json.loads(place.kubectl("get", ",".join(EDITS), "-o", "json"))
    return {
        (found["kind"], found["metadata"]["name"]): _content(found)
        for found in answer["items"]
        if any(owner["name"] == app for owner in found["metadata"].get("ownerReferences", ()))
    }


def edit(place: Place, children: Children) -> None:
    """Change every child."""
    for kind, name in children:
        place.kubectl("patch", kind, name, "--type=merge", f"--patch={json.dumps(EDITS[kind])}")


def delete(place: Place, children: Children) -> None:
    """Delete every child."""
    for kind, name in children:
        place.kubectl("delete", kind, name, "--wait=false")


def _content(found: Manifest) -> Manifest:
    said = {key: value for key, value in found.items() if key not in {"metadata", "status"}}
    said["labels"] = found["metadata"]["labels"]
    if "spec" in said:
        said["spec"] = {key: value for key, value in said["spec"].items() if key not in GIVEN}
    return said
