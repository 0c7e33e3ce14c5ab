"""What a Microservice says of the mesh, carried out by real proxies."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.cluster import wait_until
from tests.mesh.microservices import operating, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chart.helm import Helm
    from tests.mesh.asking import Answer
    from tests.mesh.bed import Bed
    from tests.mesh.place import Place

NEVER_AGAIN = {"retries": {"attempts": 0}}


@pytest.fixture(scope="module", autouse=True)
def _operator(mesh: Bed, helm: Helm) -> Iterator[None]:
    """The operator beside the mesh, with the rights of the chart."""
    with operating(mesh, helm):
        yield


def asked(place: Place, url: str, count: int = 1, **headers: str) -> list[Answer]:
    """What the caller is answered."""
    return place.ask_from("caller", url, count, **headers)


def until(place: Place, url: str, status: int, what: str) -> None:
    """Wait for what follows on a change a moment later."""
    wait_until(lambda: asked(place, url)[0].status == status, what)


def statuses(answers: list[Answer]) -> Counter[int]:
    """How often there was which answer."""
    return Counter(answer.status for answer in answers)


@pytest.mark.usefixtures("caller")
def test_a_microservice_is_a_part_of_the_mesh(place: Place) -> None:
    """Its pods get a proxy, which proves whose they are, without a word in the spec."""
    url = serve(place)

    until(place, url, 200, "the first answer")

    [pod] = place.pods("orders")
    names = [each["name"] for each in pod["spec"]["initContainers"]]
    [answer] = asked(place, url)

    assert "istio-proxy" in names
    assert answer.status == 200
    assert "/sa/caller" in answer.told["headers"]["x-forwarded-client-cert"]


@pytest.mark.usefixtures("caller")
def test_strict_mtls_lets_in_nobody_without_a_certificate(place: Place) -> None:
    """Switched on and off while it runs; who has a certificate never notices."""
    place.run("stranger", injected=False)
    place.ready("stranger")
    url = serve(place)

    def stranger() -> int:
        return place.ask_from("stranger", url)[0].status

    wait_until(lambda: stranger() == 200, "plain text to be heard")

    serve(place, security={"mtls": "Strict"})
    wait_until(lambda: stranger() == 0, "plain text to be refused")
    assert asked(place, url)[0].status == 200

    serve(place, security={"mtls": "Permissive"})
    wait_until(lambda: stranger() == 200, "plain text to be heard again")


@pytest.mark.usefixtures("caller")
def test_who_waits_too_long_gets_an_answer_all_the_same(place: Place) -> None:
    """The caller's proxy answers 504 when the time is over; what is quick enough still passes."""
    url = serve(place, resilience={"timeout": "500ms", **NEVER_AGAIN})
    until(place, f"{url}?sleep=3s", 504, "the end of patience")

    began = time.monotonic()
    [slow] = asked(place, f"{url}?sleep=3s")

    assert slow.status == 504
    assert time.monotonic() - began < 2
    assert asked(place, f"{url}?sleep=100ms")[0].status == 200


@pytest.mark.usefixtures("caller")
def test_retries_hide_a_pod_that_fails(place: Place) -> None:
    """Half of the requests fail without, none with them; never more often than was asked for."""
    url = serve(place, replicas=2, resilience=NEVER_AGAIN)
    _both_answer(place, url)
    place.switch(place.pods("orders")[0], fail=503)
    assert statuses(asked(place, url, 40))[503] > 0

    serve(place, replicas=2, resilience={"retries": {"attempts": 3, "when": ["ServerError"]}})
    wait_until(lambda: set(statuses(asked(place, url, 20))) == {200}, "the retries")

    assert statuses(asked(place, url, 200)) == {200: 200}


@pytest.mark.usefixtures("caller")
def test_the_circuit_breaker_opens_and_closes(place: Place) -> None:
    """Of two pods the failing one is left alone after a few errors, and taken back in time."""
    url = serve(place, replicas=2, resilience=NEVER_AGAIN)
    _both_answer(place, url)
    failing = place.pods("orders")[0]
    place.switch(failing, fail=500)
    assert statuses(asked(place, url, 40))[500] > 3

    breaker = {"consecutiveErrors": 3, "interval": "1s", "ejectFor": "3s"}
    serve(place, replicas=2, resilience={"circuitBreaker": breaker, **NEVER_AGAIN})
    wait_until(lambda: statuses(asked(place, url, 40)) == {200: 40}, "the breaker to open")

    place.switch(failing, fail=0)
    _both_answer(place, url)


@pytest.mark.usefixtures("caller")
def test_what_is_too_much_fails_at_once(place: Place) -> None:
    """One at a time, and one that waits: of ten callers at a time the others are refused."""
    url = f"{serve(place, resilience=NEVER_AGAIN)}?sleep=300ms"
    until(place, url, 200, "the first answer")
    crowd = urlencode({"url": url, "workers": 10, "pause": "10ms"})
    place.tell("caller", f"load?{crowd}")
    wait_until(lambda: place.tell("caller", "tally")["answers"].get("200", 0) > 40, "answers")
    assert place.tell("caller", "tally")["answers"].keys() == {"200"}

    limits = {"connections": 1, "pendingRequests": 1, "requestsPerConnection": 1}
    serve(place, resilience={"limits": limits, **NEVER_AGAIN})
    wait_until(lambda: place.tell("caller", "tally")["answers"].get("503", 0) > 40, "the limit")

    served = place.tell("caller", "tally")["answers"]["200"]
    wait_until(lambda: place.tell("caller", "tally")["answers"]["200"] > served, "a turn")
    assert place.tell("caller", "stop")["answers"].keys() == {"200", "503"}


@pytest.mark.parametrize(
    ("hashed", "told"),
    [({"header": "x-user"}, {"x_user": "ada"}), ({"query": "user"}, {})],
    ids=["header", "query"],
)
@pytest.mark.usefixtures("caller")
def test_the_same_caller_gets_the_same_pod(
    place: Place, hashed: dict[str, str], told: dict[str, str]
) -> None:
    """And others get others."""
    url = serve(place, replicas=3, resilience={"loadBalancing": {"hash": hashed}})

    def pods(user: str) -> set[str]:
        headers = dict.fromkeys(told, user)
        return {answer.host for answer in asked(place, f"{url}?user={user}", 20, **headers)}

    def told_apart() -> bool:
        return len({host for n in range(12) for host in pods(f"user-{n}")}) > 1

    wait_until(told_apart, "more than one pod to be known")
    wait_until(lambda: all(len(pods(f"user-{n}")) == 1 for n in range(3)), "the hash")
    assert told_apart()


def _both_answer(place: Place, url: str) -> None:
    def hosts() -> set[str]:
        return {answer.host for answer in asked(place, url, 20) if answer.status == 200}

    wait_until(lambda: len(hosts()) == 2, "both pods to answer")
