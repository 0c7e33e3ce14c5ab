"""Laws of the status: what tools conclude from it, whatever a pass has found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.api.status import Status
from microservice_operator.status import Outcome, report, same
from microservice_operator.status.reasons import Reason
from tests.oracles import kstatus, kubectl_wait
from tests.unit.status.outcomes import COMPLETE, LATER, NOW, OUTCOMES, answers, condition


def judged(outcome: Outcome, generation: int | None = None) -> dict[str, Any]:
    """A Microservice with the status of this outcome."""
    return {
        "metadata": {"generation": generation or outcome.generation},
        "status": report(outcome, {}, NOW),
    }


@given(OUTCOMES)
def test_tools_call_it_done_exactly_when_it_is_ready(outcome: Outcome) -> None:
    """Flux, Helm, Argo CD and kubectl agree with what users read."""
    thing = judged(outcome)
    ready = condition(thing["status"], "Ready")["status"] == "True"

    assert (kstatus(thing) == "Current") == ready
    assert kubectl_wait(thing) == ready


@given(OUTCOMES, st.integers(4, 9))
def test_an_old_status_never_vouches_for_a_new_spec(outcome: Outcome, generation: int) -> None:
    """Right after an edit everything still looks fine."""
    thing = judged(outcome, generation)

    assert kstatus(thing) == "InProgress"
    assert not kubectl_wait(thing)


@given(OUTCOMES)
def test_a_healthy_app_never_failed(outcome: Outcome) -> None:
    """Whatever was seen or missed on the way, it is over."""
    healthy = replace(
        outcome,
        error=None,
        recreating=None,
        rollout=COMPLETE,
        others=dict.fromkeys(outcome.others, COMPLETE),
        planned=None,
        paused=False,
        traffic=None,
        routing=None,
    )

    assert kstatus(judged(healthy)) == "Current"


@given(OUTCOMES)
def test_a_failure_needs_a_refusal_or_a_missed_deadline(outcome: Outcome) -> None:
    """Everything else may still come right by itself."""
    if kstatus(judged(outcome)) == "Failed":
        rollouts, routing = (outcome.rollout, *outcome.others.values()), outcome.routing
        late = any(each and each.overdue and each.current for each in rollouts)
        assert outcome.error or late or (routing and routing.trouble)


@given(OUTCOMES)
def test_work_goes_on_or_is_stalled_or_is_done(outcome: Outcome) -> None:
    """Exactly one of the three, and the last when the app is ready; or nobody is at work."""
    found = answers(report(outcome, {}, NOW))
    over = found["Ready"][0] == "True"
    idle = found["Ready"] in {("Unknown", "Planned"), ("Unknown", "Paused")}

    assert ["Reconciling" in found, "Stalled" in found, over, idle].count(True) == 1


@given(OUTCOMES, OUTCOMES)
def test_a_plan_is_there_exactly_while_it_is_said_to_be(outcome: Outcome, before: Outcome) -> None:
    """And it is about the spec that the rest is about."""
    found = report(outcome, report(before, {}, NOW), NOW)
    planned = condition(found, "Applied")["reason"] == "Planned"

    assert ("plan" in found) == planned
    assert not planned or found["plan"]["generation"] == outcome.generation


@given(OUTCOMES)
def test_ready_is_the_first_answer_that_is_not_yes(outcome: Outcome) -> None:
    """One place to look, in the order in which things depend on each other."""
    found = report(outcome, {}, NOW)
    details = [condition(found, kind) for kind in ("Applied", "Available", "Routed")]
    failing = [each for each in details if each["status"] != "True"]
    ready = condition(found, "Ready")

    if failing:
        told = {name: failing[0][name] for name in ("status", "reason", "message")}
        assert told.items() <= ready.items()
    else:
        assert ready["status"] == "True"


@given(OUTCOMES, OUTCOMES)
def test_every_status_is_one_that_the_schema_takes(outcome: Outcome, before: Outcome) -> None:
    """A refused status would leave the user with the old one."""
    found = report(outcome, report(before, {}, NOW), LATER)

    Status.model_validate(found)
    for each in found["conditions"]:
        assert each["observedGeneration"] == outcome.generation
        assert each["reason"] in set(Reason)
        assert 0 < len(each["message"]) <= 1024


@given(OUTCOMES, OUTCOMES)
def test_saying_it_twice_changes_nothing(outcome: Outcome, before: Outcome) -> None:
    """The second pass over an unchanged app writes no status."""
    first = report(outcome, report(before, {}, NOW), NOW)

    assert same(report(outcome, first, LATER), first)
