"""What people do to children is undone, whether the operator sees it happen or finds it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until
from tests.e2e import belongings
from tests.e2e.belongings import EDITS, EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.belongings import Children
    from tests.e2e.place import Place
    from tests.e2e.release import Release

DAMAGES = {"edited": belongings.edit, "deleted": belongings.delete}
FIRST_PASS_SECONDS = 10  # three on an idle machine; the start of a container is told in whole ones


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_child_is_repaired_while_the_operator_looks_on(place: Place, damage: str) -> None:
    """Within moments, and the app is ready again."""
    before = _app_with_all_children(place)

    DAMAGES[damage](place, before)

    _whole(place, before)


def test_every_child_is_repaired_by_an_operator_that_was_away(
    place: Place, away: Release, figure: Callable[[str], None]
) -> None:
    """What was edited and what was deleted; a new process knows what should be."""
    before = {name: _app_with_all_children(place, name) for name in DAMAGES}
    away.leave()
    for name, damage in DAMAGES.items():
        damage(place, before[name])

    away.scale(1)

    for name, children in before.items():
        _whole(place, children, name)
    [pod] = away.pods()
    [container] = pod["status"]["containerStatuses"]
    began = dt.datetime.fromisoformat(container["state"]["running"]["startedAt"])
    acted = next(line["ts"] for line in away.said(pod["metadata"]["name"]) if "child" in line)
    took = (dt.datetime.fromisoformat(acted) - began).total_seconds()
    figure(f"first repair at most {took:.1f} s after the start of the operator's container")
    assert took < FIRST_PASS_SECONDS


def _app_with_all_children(place: Place, name: str = "web") -> Children:
    place.microservice(name, **EVERYTHING)
    place.ready(name)
    found = belongings.belongings(place, name)
    assert {kind for kind, _ in found} == EDITS.keys()
    return found


def _whole(place: Place, before: Children, name: str = "web") -> None:
    wait_until(lambda: belongings.belongings(place, name) == before, f"{name} to be whole", 60, 0.5)
    place.ready(name)
