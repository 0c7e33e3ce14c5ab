from __future__ import annotations

import pytest

from microservice_operator.engine import backoff
from microservice_operator.engine.refusals import Refusals
from microservice_operator.errors import NameTaken, Rejected

CHILD = ("Service", "orders")
REJECTED, TAKEN = Rejected("no"), NameTaken("somebody has it")
PORT, SELECTOR = "spec.ports[http].port", "spec.selector.app"


class Clock:
    """A time that only the test moves."""

    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time of this test."""
    return Clock()


@pytest.fixture
def refusals(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Refusals:
    """What stands against the children of one app, with delays as long as they can be."""
    monkeypatch.setattr(backoff, "jittered", lambda delay: delay)
    return Refusals(clock)


def test_a_refusal_stands_until_it_is_due(refusals: Refusals, clock: Clock) -> None:
    """The same write is not sent again at once, and is sent again in the end."""
    refusal = refusals.refused(CHILD, "a", REJECTED)

    clock.now = refusal.until - 0.001
    assert refusals.standing(CHILD, "a") is refusal
    clock.now = refusal.until
    assert refusals.standing(CHILD, "a") is None


def test_a_changed_manifest_is_tried_at_once(refusals: Refusals) -> None:
    """The user has corrected the spec and does not want to wait for our patience."""
    refusals.refused(CHILD, "a", REJECTED)

    assert refusals.standing(CHILD, "b") is None


def test_a_refusal_is_of_one_child(refusals: Refusals) -> None:
    """Another child with the same content is none of its business."""
    refusals.refused(CHILD, "a", REJECTED)

    assert refusals.standing(("Deployment", "orders"), "a") is None


@pytest.mark.parametrize(("error", "longest"), [(REJECTED, 60), (TAKEN, 10)])
def test_patience_grows_up_to_a_bound(
    refusals: Refusals, clock: Clock, error: Rejected | NameTaken, longest: float
) -> None:
    """A name may become free at any time, so it is asked for more often than the rest."""
    waits = [refusals.refused(CHILD, "a", error).until - clock.now for _ in range(9)]

    assert waits[0] == 1
    assert waits == sorted(waits)
    assert waits[-1] == longest


def test_an_accepted_write_clears_the_record(refusals: Refusals, clock: Clock) -> None:
    """Nothing stands against the child, and its next refusal is the first."""
    for _ in range(5):
        refusals.refused(CHILD, "a", REJECTED)

    refusals.accepted(CHILD)

    assert refusals.standing(CHILD, "a") is None
    assert refusals.refused(CHILD, "a", REJECTED).until == clock.now + 1


def fight(refusals: Refusals, path: str) -> None:
    """Repair a field as often as is sane in a minute."""
    for _ in range(3):
        assert refusals.fought_over(CHILD, [path]) is None
        refusals.repaired(CHILD, [path])


def test_three_repairs_a_minute_are_made(refusals: Refusals, clock: Clock) -> None:
    """The fourth is left, until the oldest of the three is a minute ago."""
    started = clock.now
    for _ in range(3):
        assert refusals.fought_over(CHILD, [PORT]) is None
        refusals.repaired(CHILD, [PORT])
        clock.now += 5

    assert refusals.fought_over(CHILD, [PORT]) == started + 60


def test_only_repairs_that_were_made_count(refusals: Refusals) -> None:
    """To ask is no repair: what was not sent cannot have been undone."""
    assert [refusals.fought_over(CHILD, [PORT]) for _ in range(9)] == [None] * 9


def test_after_a_minute_the_field_is_repaired_again(refusals: Refusals, clock: Clock) -> None:
    """And again three times, if it must be."""
    fight(refusals, PORT)
    until = refusals.fought_over(CHILD, [PORT])
    assert until is not None

    clock.now = until

    fight(refusals, PORT)


def test_a_fresh_field_lets_the_repair_through(refusals: Refusals) -> None:
    """A fight over one field must not keep the damage to another one."""
    fight(refusals, PORT)

    assert refusals.fought_over(CHILD, [PORT, SELECTOR]) is None
    refusals.repaired(CHILD, [PORT, SELECTOR])
    assert refusals.fought_over(CHILD, [PORT]) is not None


def test_waiting_ends_with_the_field_that_is_free_first(refusals: Refusals, clock: Clock) -> None:
    """One free field is enough, for a repair mends all."""
    started = clock.now
    fight(refusals, PORT)
    clock.now += 20
    fight(refusals, SELECTOR)

    assert refusals.fought_over(CHILD, [PORT, SELECTOR]) == started + 60


def test_a_fight_is_over_one_child(refusals: Refusals) -> None:
    """The same field of another child is repaired."""
    fight(refusals, PORT)

    assert refusals.fought_over(("Service", "carts"), [PORT]) is None
