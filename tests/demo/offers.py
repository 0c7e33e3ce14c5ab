"""What else this machine could show, told after the demo on the light bed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.demo.places import PLACES

if TYPE_CHECKING:
    from tests.demo.screen import Screen


def tell(screen: Screen) -> None:
    """Every other place: what it has to offer, or what it lacks."""
    screen.title("The same elsewhere:")
    screen.say("")
    for name, place in PLACES.items():
        if name != "light":
            there = place()
            lacking = there.missing()
            text = f"not here: {lacking}" if lacking else there.about
            screen.choice(f"make demo CLUSTER={name:<7}", text, possible=not lacking)
