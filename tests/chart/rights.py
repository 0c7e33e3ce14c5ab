"""What the operator may ask of the API server: made of its kinds, and no more than it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.model.kinds import (
    DEFINITION,
    EVENT,
    LEASE,
    MICROSERVICE,
    POD,
    REPLICA_SET,
)
from microservice_operator.resources import CHILDREN

if TYPE_CHECKING:
    from microservice_operator.model import Kind

# A server-side apply that creates needs `create` and `patch`; `get` tells who has a name.
CHILD = ("get", "list", "watch", "create", "patch", "delete")
OWN = ("get", "list", "watch")
OTHERS: dict[Kind, tuple[str, ...]] = {
    POD: ("list",),
    REPLICA_SET: ("list",),
    EVENT: ("get", "list", "create", "patch"),
}
"""What is no child: read to tell what is wrong, or written to tell it."""


def rules() -> list[dict[str, Any]]:
    """The rules of the operator's role, one for each set of verbs in each API group."""
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for group, resource, verbs in _wanted():
        grouped.setdefault((group, verbs), []).append(resource)
    return [
        {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}
        for (group, verbs), resources in grouped.items()
    ]


def leadership() -> dict[str, Any]:
    """The rule for the Lease, in the operator's own namespace and nowhere else."""
    verbs = ["list", "watch", "create", "patch"]
    return {"apiGroups": [_group(LEASE)], "resources": [LEASE.plural], "verbs": verbs}


def definitions() -> dict[str, Any]:
    """The rule for learning that Istio has come or gone; only a ClusterRole can hold it."""
    group, resource = _group(DEFINITION), DEFINITION.plural
    return {"apiGroups": [group], "resources": [resource], "verbs": ["list", "watch"]}


def granted(rules: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Every right by itself: group, resource, verb."""
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def _wanted() -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (_group(MICROSERVICE), MICROSERVICE.plural, OWN),
        (_group(MICROSERVICE), f"{MICROSERVICE.plural}/status", ("patch",)),
        *((_group(kind), kind.plural, CHILD) for kind in CHILDREN),
        *((_group(kind), kind.plural, verbs) for kind, verbs in OTHERS.items()),
    ]


def _group(kind: Kind) -> str:
    return kind.api_version.rpartition("/")[0]
