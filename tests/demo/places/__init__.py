"""Where the demo can take place, by what CLUSTER says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.demo.places.current import Current
from tests.demo.places.kind import Kind
from tests.demo.places.light import Light
from tests.demo.places.meshed import Meshed
from tests.demo.places.real import Real

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.demo.places.place import Place

PLACES: Mapping[str, Callable[[], Place]] = {
    "light": Light,
    "node": Real,
    "kind": Kind,
    "current": Current,
}
ALL: Mapping[str, Callable[[], Place]] = {**PLACES, "mesh": Meshed}
"""Also where the other demo takes place."""
