"""Which old ConfigMaps may go: those that no ReplicaSet uses to which one could still go back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from microservice_operator.cluster.api import ApiError, Unreachable, decoded
from microservice_operator.errors import Away
from microservice_operator.model.kinds import REPLICA_SET
from microservice_operator.model.labels import NAME, TRACK
from microservice_operator.resources.deployment import HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from microservice_operator.cluster.api import Api
    from microservice_operator.model import App
    from microservice_operator.plan import Key

FORBIDDEN = 403
KEPT = 1 + HISTORY
REVISION = "deployment.kubernetes.io/revision"


async def outdated(api: Api, app: App, surplus: Iterable[Key]) -> frozenset[Key]:
    """Those of the maps that nobody will ask for again; costs one list of ReplicaSets.

    Raises:
        Away: the list cannot be had just now.
    """
    labels = f"{NAME}={app.name},{TRACK}"
    path = REPLICA_SET.collection(app.namespace)
    try:
        data = await api.request("GET", path, query={"labelSelector": labels})
    except (ApiError, Unreachable) as error:
        if isinstance(error, ApiError) and error.code == FORBIDDEN:
            return frozenset()  # without the list nothing may go, and no pass would ever end
        raise Away(f"ReplicaSets of {app.name}: {error}") from error
    needed = {name for each in _kept(decoded(data)["items"] or ()) for name in _maps(each)}
    return frozenset(key for key in surplus if key.name not in needed)


def _kept(replica_sets: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Of each track the present one, those that its Deployment keeps, and any that has pods.

    The others will be removed in a moment, or have been just now.
    """
    newest_first = sorted(replica_sets, key=_revision, reverse=True)
    places: Counter[str] = Counter()
    for each in newest_first:
        track = each["metadata"]["labels"][TRACK]
        places[track] += 1
        if places[track] <= KEPT or each["spec"].get("replicas") or each["status"].get("replicas"):
            yield each


def _revision(replica_set: Mapping[str, Any]) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(REVISION, "0"))


def _maps(replica_set: Mapping[str, Any]) -> Iterator[str]:
    """The ConfigMaps of its pods that can be ours: with all entries as variables, or as files."""
    pod = replica_set["spec"]["template"]["spec"]
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        for source in container.get("envFrom", ()):
            yield source.get("configMapRef", {}).get("name", "")
    for volume in pod.get("volumes", ()):
        yield volume.get("configMap", {}).get("name", "")
