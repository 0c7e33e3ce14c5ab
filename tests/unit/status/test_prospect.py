"""A plan is bounded, says what was cut, and sums itself up in a sentence."""

from __future__ import annotations

import pytest

from microservice_operator.errors import Invalid
from microservice_operator.status import Change, Prospect
from tests.unit.status.outcomes import SHORT, answers, condition, status

CREATE = Change("Create", "Service", "orders")
UPDATE = Change("Update", "Deployment", "orders", ("spec.replicas",))


def test_a_plan_names_paths_and_counts_what_it_leaves_out() -> None:
    """Whoever reads it knows that there is more."""
    wide = Change("Update", "Deployment", "orders", tuple(f"spec.f{n}" for n in range(23)))

    plan = Prospect("abc", (wide, *[CREATE] * 52)).written(4)

    assert (plan["generation"], plan["hash"], plan["more"]) == (4, "abc", 3)
    assert len(plan["changes"]) == 50
    first, second = plan["changes"][:2]
    assert (len(first["fields"]), first["more"]) == (20, 3)
    assert second == {"action": "Create", "kind": "Service", "name": "orders"}


def test_a_long_path_is_cut() -> None:
    """A key of a map may be long; the server bounds a path."""
    change = Change("Update", "Deployment", "orders", ("x" * 600,))

    [path] = change.written()["fields"]

    assert (len(path), path[-1]) == (512, "…")


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (Prospect(""), "`mode: Apply` would change nothing."),
        (Prospect("", (CREATE,)), "`mode: Apply` would create 1 child; see `status.plan`."),
        (
            Prospect("", (CREATE, UPDATE, CREATE)),
            "`mode: Apply` would create 2, update 1 children; see `status.plan`.",
        ),
        (
            Prospect("", (), ("Service/orders exists already.",)),
            "`mode: Apply` would change nothing. Service/orders exists already.",
        ),
    ],
    ids=["nothing", "one", "several", "obstacle"],
)
def test_a_plan_is_told_in_a_sentence(plan: Prospect, sentence: str) -> None:
    """How many children of which fate, and what stands against it."""
    found = status(planned=plan)

    assert condition(found, "Applied")["message"] == sentence
    assert condition(found, "Ready")["message"] == sentence


def test_while_nothing_is_done_nothing_is_under_way_or_stuck() -> None:
    """Pods are told of as they are, and nobody waits for more of them."""
    for found in (
        status(planned=Prospect(""), rollout=SHORT),
        status(paused=True, rollout=SHORT),
    ):
        reason = "Planned" if "plan" in found else "Paused"
        assert answers(found) == {
            "Ready": ("Unknown", reason),
            "Applied": ("Unknown", reason),
            "Available": ("False", "Progressing"),
            "Routed": ("True", "NotNeeded"),
        }


def test_a_wrong_spec_is_wrong_in_every_mode() -> None:
    """What cannot be understood cannot be planned."""
    found = status(error=Invalid("image: must be something"), paused=True)

    assert answers(found)["Applied"] == ("False", "Invalid")
    assert "Stalled" in answers(found)
