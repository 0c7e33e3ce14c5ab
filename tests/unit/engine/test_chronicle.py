from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from microservice_operator.engine.chronicle import Chronicle
from microservice_operator.plan import Action, Difference, Key, Step
from microservice_operator.telemetry import metrics
from tests.unit.engine.answers import Noted

if TYPE_CHECKING:
    import pytest

SERVICE = Key("Service", "orders")


def chronicle(*, settled: bool = False) -> tuple[Chronicle, Noted]:
    """A chronicle, and what it tells."""
    noted = Noted()
    return Chronicle(noted, "shop", "orders", "uid", settled=settled), noted


def step(*paths: str, **more: Any) -> Step:
    """A step that changes these fields."""
    found = tuple(Difference(tuple(path.split(".")), None, None) for path in paths)
    return Step(Action.APPLY, SERVICE, 1, {}, "uid", differences=found, undone=found, **more)


def repaired(kind: str, manager: str) -> float:
    """How often the metric has counted."""
    labels = {"kind": kind, "manager": manager}
    return metrics.REGISTRY.get_sample_value("microservice_drift_repaired_total", labels) or 0


def test_a_repair_names_the_fields_and_who_changed_them() -> None:
    """Whoever reads the Event knows whom to ask."""
    told, noted = chronicle()
    fields = "spec.selector.app, spec.type"

    told.updated(step(*fields.split(", "), drift=True, by="kubectl-edit"))

    assert noted.notes == [
        f"DriftRepaired: Restored {fields} of Service/orders, changed by kubectl-edit."
    ]


def test_three_fields_are_named_and_the_rest_counted() -> None:
    """An Event is a sentence, not a dump."""
    told, noted = chronicle()

    told.updated(step("a", "b", "b", "c", "d", "e", drift=True))

    [note] = noted.notes
    assert "Restored a, b, c and 2 more of Service/orders, changed by somebody." in note


def test_repairs_are_counted_by_who_made_them_necessary() -> None:
    """A dashboard shows which controller fights the operator."""
    told, _ = chronicle()
    before = repaired("Service", "fighter")

    told.updated(step("a", drift=True, by="fighter"))
    told.updated(step("a", drift=True, by="fighter"))
    told.updated(step("a", drift=False))

    assert repaired("Service", "fighter") == before + 2


def test_following_the_spec_is_no_event(caplog: pytest.LogCaptureFixture) -> None:
    """The user knows that the spec was changed; the log says what became of it."""
    told, noted = chronicle()

    with caplog.at_level(logging.INFO):
        told.updated(step("spec.type"))
        told.created(step())
        told.deleted(step())

    assert noted.notes == []
    assert caplog.messages == ["child updated", "child created", "child deleted"]
    assert vars(caplog.records[0])["fields"] == "spec.type"
    assert vars(caplog.records[0])["child"] == "Service/orders"


def test_what_is_made_again_was_drift() -> None:
    """A child that somebody has deleted is told of and counted."""
    told, noted = chronicle(settled=True)
    before = repaired("Service", "somebody")

    told.created(step())

    assert noted.notes == ["DriftRepaired: Created Service/orders again."]
    assert repaired("Service", "somebody") == before + 1


def test_an_adoption_is_told() -> None:
    """Somebody has asked for it with an annotation, and waits."""
    told, noted = chronicle()
    before = repaired("Service", "somebody")

    told.adopted(step(), offered=True)

    assert noted.notes == ["Adopted: Took over Service/orders."]
    assert repaired("Service", "somebody") == before


def test_a_child_that_had_lost_its_marks_was_drift() -> None:
    """It was ours all the time: nobody is told of a take-over that nobody has asked for."""
    told, noted = chronicle()
    before = repaired("Service", "somebody")

    told.adopted(step(), offered=False)

    assert noted.notes == [
        "DriftRepaired: Restored labels and owner of Service/orders, changed by somebody."
    ]
    assert repaired("Service", "somebody") == before + 1


def test_an_event_is_about_its_microservice() -> None:
    """`kubectl describe` finds it by the uid."""
    told, noted = chronicle()

    told.tell("Warning", "NameTaken", "Report", "no")

    [happening] = noted.happenings
    subject = happening.subject
    assert (subject.namespace, subject.name, subject.uid) == ("shop", "orders", "uid")


def test_a_fight_is_told_with_a_way_out() -> None:
    """Who, what, and what to do."""
    told, _ = chronicle()

    assert told.fight(step("spec.type", drift=True, by="argocd")) == (
        "argocd keeps changing spec.type of Service/orders; let it leave the field alone, or say "
        "in the spec what it wants."
    )
    assert told.fight(step()) == (
        "Somebody keeps deleting Service/orders; find out who does, and stop it."
    )


def test_what_cannot_be_changed_back_is_told_of_when_it_goes() -> None:
    """Its successor is nobody's edit."""
    told, noted = chronicle()

    told.deleted(step("data", drift=True, by="kubectl-edit"))
    told.deleted(step())

    assert noted.notes == [
        (
            "DriftRepaired: Removed what cannot be changed back: data of Service/orders, changed "
            "by kubectl-edit. It is made again."
        )
    ]
