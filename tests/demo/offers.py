"""What else this machine could show, told after the demo on the light bed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.demo.places import PLACES
from tests.demo.places.meshed import Meshed

if TYPE_CHECKING:
    from tests.demo.places.place import Place
    from tests.demo.screen import Screen


def tell(screen: Screen) -> None:
    """Every other place, and the other demo: what it has to offer, or what it lacks."""
    screen.title("The same elsewhere, and more:")
    screen.say("")
    for name, place in PLACES.items():
        if name != "light":
            _offer(screen, f"make demo CLUSTER={name}", place())
    _offer(screen, "make demo-mesh", Meshed())


def _offer(screen: Screen, command: str, place: Place) -> None:
    lacking = place.missing()
    text = f"not here: {lacking}" if lacking else place.about
    screen.choice(f"{command:<25}", text, possible=not lacking)
