"""How many pods there are follows what is measured, planned and told; no request is lost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.cluster import wait_until

if TYPE_CHECKING:
    from tests.e2e.place import Place

pytestmark = pytest.mark.usefixtures("operator")

SHORT = {"shutdown": {"drain": "4s"}}
AT_ONCE = {"stabilizationWindowSeconds": 0}
LIGHT, HEAVY = "/", "/burn?for=30ms"


def test_pods_come_and_go_with_the_load(place: Place) -> None:
    """The real autoscaler, by real measures of real processors, and back again."""
    place.microservice(
        health=SHORT,
        resources={"requests": {"cpu": "200m"}},
        scaling={"min": 1, "max": 2, "cpu": 60, "behavior": {"scaleDown": AT_ONCE}},
    )
    place.ready()

    with place.load(path=HEAVY) as heavy:
        wait_until(lambda: len(place.names()) == 2, "a second pod", 150, 0.5)
        place.ready()
    with place.load(pause="50ms") as light:
        place.alone(timeout=150)

    assert not heavy.lost
    assert not light.lost
    place.says("Autoscaled", lambda said: said.get("status") == "True")


def test_a_schedule_raises_the_least_number_of_pods(place: Place) -> None:
    """Before the window begins, its pods are there: that is what its lead time is for."""
    now = dt.datetime.now(dt.UTC)
    start = (now + dt.timedelta(minutes=3)).replace(second=0, microsecond=0)
    lead = int((start - now).total_seconds()) - 75  # it is ready before
    window = {
        "name": "sale",
        "start": f"{start.minute} {start.hour} * * *",
        "duration": "1h",
        "leadTime": f"{lead}s",
        "min": 3,
    }
    place.microservice(
        health=SHORT,
        resources={"requests": {"cpu": "50m"}},
        scaling={"min": 1, "max": 4, "cpu": 1000, "schedules": [window]},
    )
    place.ready()
    assert len(place.names()) == 1

    with place.load(pause="50ms") as load:
        place.alone(count=3, timeout=150)
        assert dt.datetime.now(dt.UTC) < start
        place.ready()

    assert not load.lost


def test_kubectl_scale_is_obeyed(place: Place) -> None:
    """The number of pods is a field of the spec like any other, with a command of its own."""
    place.microservice(health=SHORT)
    place.ready()

    with place.load() as load:
        for replicas in (3, 1):
            place.kubectl("scale", "microservice/web", f"--replicas={replicas}")
            place.ready()
            place.alone(count=replicas)

    assert not load.lost
