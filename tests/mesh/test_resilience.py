"""What the mesh does about pods that fail, and that without it the failures are seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.cluster import wait_until
from tests.mesh.objects import destination_rule, to, virtual_service

if TYPE_CHECKING:
    from tests.mesh.asking import Answer, Outside
    from tests.mesh.place import Place


def test_a_retry_hides_a_failing_pod(place: Place, ask: Outside) -> None:
    """One of two pods fails always: half of the requests without retries, none with them."""
    orders, site = place.run("orders", replicas=2), place.site()
    place.ready("orders")
    never = {"route": [to(orders)], "retries": {"attempts": 0}}
    place.apply(virtual_service(site, never))
    wait_until(lambda: len(_hosts(ask.often(20, site))) == 2, "both pods to answer")
    place.switch(place.pods("orders")[0], fail=503)

    without = Counter(answer.status for answer in ask.often(40, site))
    assert without[503] > 0, without

    place.apply(virtual_service(site, never | {"retries": {"attempts": 3, "retryOn": "5xx"}}))
    wait_until(lambda: {answer.status for answer in ask.often(10, site)} == {200}, "the retries")
    assert Counter(answer.status for answer in ask.often(200, site)) == {200: 200}


def test_a_failing_pod_is_left_out_and_taken_back(place: Place, ask: Outside) -> None:
    """After the third error in a row a pod gets no request any more, until it had time to heal."""
    orders, site = place.run("orders", replicas=2), place.site()
    place.ready("orders")
    place.apply(
        virtual_service(site, {"route": [to(orders)], "retries": {"attempts": 0}}),
        destination_rule(
            orders,
            outlierDetection={
                "consecutive5xxErrors": 3,
                "interval": "1s",
                "baseEjectionTime": "8s",
                "maxEjectionPercent": 100,
            },
        ),
    )
    wait_until(lambda: len(_hosts(ask.often(20, site))) == 2, "both pods to answer")
    failing = place.pods("orders")[0]
    place.switch(failing, fail=500)

    served = Counter(answer.status for answer in ask.often(50, site))
    assert served == {200: 47, 500: 3}

    place.switch(failing, fail=0)
    wait_until(lambda: len(_hosts(ask.often(20, site))) == 2, "the pod to be taken back")


def _hosts(answers: list[Answer]) -> set[str]:
    return {answer.host for answer in answers if answer.status == 200}
