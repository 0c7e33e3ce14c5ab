"""What the story asks of a place, and what all places know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from tests.cluster import Kubectl
    from tests.demo.screen import Screen

EXAMPLE = ROOT / "examples" / "hello"


class Place(Protocol):
    """Somewhere with an API server, and with room for the operator in it or beside it."""

    def missing(self) -> str:
        """Why the demo cannot take place here, and what to do; empty when it can."""

    @property
    def about(self) -> str:
        """What is special about it, for one who may choose."""

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl with this place's credentials."""

    @property
    def typed(self) -> str:
        """How a person calls that kubectl."""

    @property
    def inside(self) -> tuple[str, ...]:
        """What to type before a command that is to run among the pods; empty if none is real."""

    @property
    def log(self) -> str:
        """How a person follows what the operator says."""

    def up(self, screen: Screen) -> None:
        """Make sure that there is an API server."""

    def operate(self, screen: Screen) -> None:
        """Let the operator run as it is now, and show it."""

    def down(self) -> bool:
        """Take away what the demo brought; tells whether there was anything."""
