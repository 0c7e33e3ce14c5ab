from __future__ import annotations

from itertools import islice

import pytest

from microservice_operator.engine import backoff
from microservice_operator.engine.backoff import Backoff, EndlessBackoffs, jittered


@pytest.fixture
def without_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make delays as long as they can be."""
    monkeypatch.setattr(backoff, "jittered", lambda delay: delay)


@pytest.mark.usefixtures("without_jitter")
def test_it_doubles_until_it_is_long_enough() -> None:
    """A server that stays away is asked ever less often, but never given up."""
    backoff: Backoff[str] = Backoff(1, 10)

    assert [backoff.next("orders") for _ in range(6)] == [1, 2, 4, 8, 10, 10]


@pytest.mark.usefixtures("without_jitter")
def test_each_key_has_its_own() -> None:
    """One app's trouble does not slow another one down."""
    backoff: Backoff[str] = Backoff(1, 10)
    backoff.next("orders")

    assert [backoff.next("carts"), backoff.next("orders")] == [1, 2]


@pytest.mark.usefixtures("without_jitter")
def test_a_success_ends_it() -> None:
    """The next failure is the first again, and nothing of the key is kept."""
    backoff: Backoff[str] = Backoff(1, 10)
    backoff.next("orders")
    backoff.next("orders")

    backoff.reset("orders")

    assert not backoff._failures  # noqa: SLF001  memory that grows shows nowhere else
    assert backoff.next("orders") == 1


@pytest.mark.usefixtures("without_jitter")
def test_one_failure_can_have_a_bound_of_its_own() -> None:
    """What passes quickly is asked about more often."""
    backoff: Backoff[str] = Backoff(1, 60)
    for _ in range(9):
        backoff.next("orders")

    assert backoff.next("orders", 10) == 10


@pytest.mark.usefixtures("without_jitter")
def test_a_thousand_failures_overflow_nothing() -> None:
    """After a weekend of failures the delay is still a number."""
    backoff: Backoff[str] = Backoff(0.005, 300)

    assert [backoff.next("orders") for _ in range(2000)][-1] == 300


def test_jitter_keeps_delays_apart_and_bounded() -> None:
    """Many that failed together do not come back together."""
    delays = {jittered(10) for _ in range(100)}

    assert len(delays) > 90
    assert all(5 <= delay <= 10 for delay in delays)


@pytest.mark.usefixtures("without_jitter")
def test_endless_delays_can_be_iterated_again() -> None:
    """Each iteration begins with the first delay: kopf iterates once per request."""
    delays = EndlessBackoffs(0.5, 2)

    assert list(islice(delays, 4)) == [0.5, 1, 2, 2]
    assert list(islice(delays, 4)) == [0.5, 1, 2, 2]
