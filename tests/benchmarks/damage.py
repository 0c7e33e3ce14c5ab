"""What somebody does to the children of an app, and how one sees that it is undone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from tests.benchmarks.bed import KINDS
from tests.benchmarks.crowd import JSON_PATCH, Call
from tests.benchmarks.rows import Row
from tests.integration.patches import add, replace

if TYPE_CHECKING:
    from tests.benchmarks.bed import Bed, Manifest

IMAGE = "/spec/template/spec/containers/0/image"


@dataclass(frozen=True)
class Damage:
    """An edit, or without a patch the end, of a child; `part` is what it spoils."""

    row: Row
    kind: str
    part: tuple[str, ...] = ()
    patch: tuple[Manifest, ...] = ()

    def done(self, bed: Bed, app: str) -> Done | None:
        """Do it to this app; None if the app has no such child."""
        child = bed.child(self.kind, app) if self.kind in KINDS else None
        if child is None:
            return None
        path = bed.path(self.kind, child["metadata"]["name"])
        method = "PATCH" if self.patch else "DELETE"
        bed.crowd.ask(Call(method, path, list(self.patch) or None, JSON_PATCH))
        return Done(self, child)


@dataclass(frozen=True)
class Done:
    """A damage that was done, and the child as it was before."""

    damage: Damage
    before: Manifest

    def undone(self, bed: Bed) -> bool:
        """Whether the child is as it was."""
        there = bed.get(self.damage.kind, self.before["metadata"]["name"])
        if there is None:
            return False
        if not self.damage.patch:
            return bool(there["metadata"]["uid"] != self.before["metadata"]["uid"])
        return bool(self._part(there) == self._part(self.before))

    def _part(self, child: Manifest) -> Any:
        return reduce(lambda value, name: value[name], self.damage.part, child)


PORT = Damage(Row.PORT, "services", ("spec", "ports"), tuple(replace("/spec/ports/0/port", 8888)))
SELECTOR = Damage(
    Row.SELECTOR, "services", ("spec", "selector"), tuple(add("/spec/selector/extra", "x"))
)
DATA = Damage(Row.DATA, "configmaps", ("data",), tuple(add("/data/extra", "x")))
OTHER_IMAGE = Damage(
    Row.IMAGE,
    "deployments",
    ("spec", "template", "spec", "containers"),
    tuple(replace(IMAGE, "registry.example/other:1")),
)
MOST_REPLICAS = Damage(
    Row.REPLICAS,
    "horizontalpodautoscalers",
    ("spec", "maxReplicas"),
    tuple(replace("/spec/maxReplicas", 9)),
)
SERVICE_GONE = Damage(Row.SERVICE_GONE, "services")
AUTOSCALER_GONE = Damage(Row.AUTOSCALER_GONE, "horizontalpodautoscalers")

ALL = (PORT, SELECTOR, DATA, OTHER_IMAGE, MOST_REPLICAS, SERVICE_GONE, AUTOSCALER_GONE)
