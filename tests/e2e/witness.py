"""Somebody who remembers pods, and sees whether anything has been done to them or to their app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cluster import Node
from tests.integration.world import USER, WRITES

if TYPE_CHECKING:
    from tests.e2e.place import Place


class Witness:
    """Of one app in a place, from now on."""

    def __init__(self, place: Place, app: str = "web") -> None:
        self._place = place
        self._app = app
        self._pods = self._seen()
        self._mark = place.bed.audit.mark() if isinstance(place.bed, Node) else 0

    def saw_nothing(self) -> None:
        """No pod was restarted or replaced; on our own node: nothing was written."""
        assert self._seen() == self._pods
        bed = self._place.bed
        if isinstance(bed, Node):
            written = [
                (request.verb, request.resource, request.name)
                for request in bed.audit.requests(since=self._mark, user=USER)
                if request.verb in WRITES
                and request.namespace == self._place.namespace
                and request.name.startswith(self._app)
            ]
            assert not written

    def _seen(self) -> dict[str, Any]:
        pods = {
            pod["metadata"]["uid"]: [
                status["restartCount"] for status in pod["status"]["containerStatuses"]
            ]
            for pod in self._place.pods(self._app, ending=True)
        }
        sets = self._place.kubectl("get", "replicasets", "-o", "name").split()
        return {"pods": pods, "sets": sorted(it for it in sets if f"/{self._app}-" in it)}
