"""New pods for old ones while others send requests: nobody may notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.images import V1, V2

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.place import Place

pytestmark = pytest.mark.usefixtures("operator")

SHORT = {"shutdown": {"drain": "4s"}}
NONE = {"shutdown": {"drain": "0s"}}


def test_a_rolling_update_loses_no_request(place: Place) -> None:
    """The promise of the README, with connections new and kept, and the drain of every app."""
    place.microservice(image=V1, replicas=2)
    place.ready()

    with place.load() as load:
        place.microservice(image=V2, replicas=2)
        place.ready()
        place.alone(count=2)

    assert not load.lost
    assert load.versions == {"v1", "v2"}


def test_a_rolling_update_without_a_drain_loses_requests(
    place: Place, figure: Callable[[str], None]
) -> None:
    """The same load on the same pods: the tests above would see a loss if there were one."""
    place.microservice(image=V1, replicas=2, health=NONE)
    place.ready()

    with place.load() as load:
        for image in (V2, V1) * 3:
            place.microservice(image=image, replicas=2, health=NONE)
            place.ready()
            place.alone(count=2)
            load.goes_on(1)
            if load.lost:
                break

    assert load.lost
    figure(f"without a drain {sum(load.lost.values())} of {load.answered} requests were lost")


def test_fewer_pods_lose_no_request(place: Place) -> None:
    """A pod that is no longer wanted serves until nobody calls it any more."""
    place.microservice(replicas=3, health=SHORT)
    place.ready()

    with place.load() as load:
        place.microservice(replicas=1, health=SHORT)
        place.ready()
        place.alone()

    assert not load.lost
    assert len(load.hosts) == 3


def test_new_configuration_is_rolled_out_and_loses_no_request(place: Place) -> None:
    """The pods of before serve with what they know until those that know better are ready."""
    place.microservice(config={"data": {"GREETING": "hello"}}, health=SHORT)
    place.ready()
    [before] = place.names()
    assert place.ask_pod(before, "env?name=GREETING")[1] == "hello"

    with place.load() as load:
        place.microservice(config={"data": {"GREETING": "welcome"}}, health=SHORT)
        place.ready()
        [after] = place.alone()

    assert not load.lost
    assert load.hosts == {before, after}
    assert place.ask("env?name=GREETING")[1] == "welcome"
