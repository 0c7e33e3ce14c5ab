"""Requests that the caller in the mesh sends without a break, and what has come of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.cluster import wait_until

if TYPE_CHECKING:
    from tests.mesh.place import Place


def answered(place: Place, url: str, count: int, **headers: str) -> Counter[str]:
    """Which versions have answered; whoever has not is an empty one."""
    return Counter(answer.version for answer in place.ask_from("caller", url, count, **headers))


def begin(place: Place, url: str, host: str = "") -> None:
    """Let half of the requests go over connections that are kept, and half over new ones."""
    for fresh in ("", "on"):
        said = {"url": url, "host": host, "workers": 4, "pause": "10ms", "fresh": fresh}
        load = urlencode(said)
        place.tell("caller", f"load?{load}")


def so_far(place: Place) -> Counter[str]:
    """How often there was which answer until now."""
    return Counter(place.tell("caller", "tally")["answers"])


def heard(place: Place, version: str) -> None:
    """Wait until this version answers some of the load."""
    before = place.tell("caller", "tally")["versions"].get(version, 0)
    wait_until(
        lambda: place.tell("caller", "tally")["versions"].get(version, 0) > before + 20,
        f"answers of {version}",
    )


def gone(place: Place, name: str) -> None:
    """Wait until a workload is no more."""
    path = f"/apis/apps/v1/namespaces/{place.namespace}/deployments/{name}"
    wait_until(lambda: place.mesh.api.request("GET", path)[0] == 404, f"the end of {name}", 60)
