"""What is judged after every test is seen when it is broken, or all tests would prove less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.mesh.objects import to, unknown_filter, virtual_service
from tests.mesh.soundness import sound

if TYPE_CHECKING:
    from tests.mesh.place import Place

pytestmark = pytest.mark.unsound


def test_a_refused_configuration_is_seen(place: Place) -> None:
    """A proxy that refuses one goes on with the old, and nothing else tells of it."""
    place.run("orders")
    place.ready("orders")

    with pytest.raises(AssertionError, match="refused"), sound(place):
        _let_a_proxy_refuse(place)
    place.end("orders")  # or it would go on refusing during the next test


def test_a_route_to_nowhere_is_seen(place: Place) -> None:
    """The API server accepts it; only the analysis knows that the host does not exist."""
    with pytest.raises(AssertionError, match="IST0101"), sound(place):
        place.apply(virtual_service(place.site(), {"route": [to(place.host("lost"))]}))


def _let_a_proxy_refuse(place: Place) -> None:
    before = place.mesh.rejects()
    place.apply(unknown_filter("orders"))
    wait_until(lambda: place.mesh.rejects() > before, "the refusal")
