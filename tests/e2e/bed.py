"""What the suite stands on: some cluster with real pods, chosen by the variable CLUSTER."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Protocol

from typing_extensions import override

from tests.cluster import Node
from tests.cluster.images import operator as image
from tests.cluster.node import requirements

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tests.cluster import Kubectl

Manifest = dict[str, Any]


class Requests(Protocol):
    """Direct requests to the API server, as its administrator."""

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send one request and return the status code and the decoded answer."""


class Bed(Protocol):
    """A cluster with real pods that has the images of `images.py`; what tests may use of any."""

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl as the administrator."""

    @property
    def api(self) -> Requests:
        """What kubectl is too slow for."""

    def apply(
        self, manifests: str | Manifest | list[Manifest], namespace: str | None = None
    ) -> None:
        """Apply YAML text, one manifest or a list of them."""

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """One object, or None if there is none of that name."""

    def check(self, step: str) -> None:
        """Raise if waiting is in vain, because a part of the cluster has ended."""


class Chosen(Bed, Protocol):
    """A bed that is there as long as its block."""

    def build(self) -> object:
        """Make all that it needs; slow at first, and seen by the user."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Own(Node):
    """A real node of our own, with the operator's image."""

    @override
    def build(self) -> Path:
        image.operator()
        return super().build()

    @override
    def start(self, *, detached: bool = False) -> None:
        super().start(detached=detached)
        began = time.monotonic()
        self.load(image.operator())
        self.seconds_to_ready += time.monotonic() - began


def choice() -> str:
    """Which bed: `node` unless CLUSTER says otherwise."""
    return os.environ.get("CLUSTER") or "node"


def lacking() -> str:
    """Why there can be no node of our own here; empty when there can."""
    return requirements.missing()
