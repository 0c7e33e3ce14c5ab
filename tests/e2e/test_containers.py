"""What only real containers do: they run out of memory, crash, hang, and start slowly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster import wait_until

if TYPE_CHECKING:
    from tests.e2e.place import Place

pytestmark = pytest.mark.usefixtures("operator")

EACH_SECOND = {"periodSeconds": 1, "timeoutSeconds": 5}  # a busy machine is not what is tested
QUICK = {"httpGet": {"path": "/healthz", "port": 8080}, **EACH_SECOND, "failureThreshold": 2}


def test_a_container_that_takes_too_much_memory_is_ended_and_starts_again(place: Place) -> None:
    """The limit of the spec is the kernel's limit."""
    place.microservice(resources={"limits": {"memory": "64Mi"}})
    place.ready()

    place.ask("hog?mebibytes=200")

    wait_until(lambda: _last_end(place).get("reason") == "OOMKilled", "the end for memory", 30)
    place.ready()


def test_a_crash_heals_by_itself(place: Place) -> None:
    """The kubelet restarts what has crashed; the next request is answered again."""
    place.microservice()
    place.ready()

    place.ask("crash?code=3")

    wait_until(lambda: _last_end(place).get("exitCode") == 3, "the crash to be seen", 30)
    wait_until(lambda: place.ask()[0] == 200, "an answer", 30)


def test_a_pod_that_says_it_is_not_ready_gets_no_request(place: Place) -> None:
    """One of two pods serves alone; the status says what its probe says, until it is well."""
    ready = {"httpGet": {"path": "/readyz", "port": 8080}, **EACH_SECOND}
    place.microservice(replicas=2, health={"readiness": {**ready, "failureThreshold": 1}})
    place.ready()
    one, other = sorted(place.names())

    place.ask_pod(one, "switch?ready=off")
    said = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    message = place.explained("ProbeFailing", said)
    with place.load() as load:
        load.goes_on()

    assert one in message
    assert load.hosts == {other}
    assert not load.lost
    place.ask_pod(one, "switch?ready=on")
    place.ready()


def test_a_pod_that_is_not_alive_is_started_again(place: Place) -> None:
    """Liveness is for what cannot mend itself."""
    place.microservice(health={"liveness": QUICK})
    place.ready()
    [pod] = place.names()

    place.ask_pod(pod, "switch?healthy=off")

    wait_until(lambda: _last_end(place), "the container to be ended", 60)
    place.ready()
    assert place.names() == {pod}


def test_a_slow_start_is_waited_for(place: Place) -> None:
    """A startup probe holds liveness back, which would have ended the container in two seconds."""
    place.microservice(
        env=[{"name": "SLOW_START", "value": "6s"}],
        health={"liveness": QUICK, "startup": {**QUICK, "failureThreshold": 30}},
    )

    place.ready()

    assert not _last_end(place)


def _last_end(place: Place) -> dict[str, Any]:
    for pod in place.pods():
        for status in pod["status"].get("containerStatuses", ()):
            ended: dict[str, Any] = status.get("lastState", {}).get("terminated", {})
            return ended
    return {}
