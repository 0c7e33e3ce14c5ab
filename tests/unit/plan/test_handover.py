"""The number of pods is handed over to an autoscaler, and is never removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonpatch
import pytest

from microservice_operator.plan import (
    FIELD_MANAGER,
    HANDOVER_MANAGER,
    Action,
    Handover,
    Key,
    Known,
    changed_by,
    differences,
    of_held,
    of_new,
    plan,
)
from microservice_operator.plan.handover import REPLICAS, floor
from tests.unit.plan import samples
from tests.unit.plan.samples import live, own

if TYPE_CHECKING:
    from tests.unit.plan.samples import Object

DEPLOYMENT = Key("Deployment", "orders")


def owned() -> Object:
    """The number of pods, as an entry names it."""
    return {"f:spec": {"f:replicas": {}}}


def scaled() -> Object:
    """A Deployment that says nothing of its pods."""
    deployment = samples.deployment()
    del deployment["spec"]["replicas"]
    return deployment


def autoscaler(fewest: int = 2) -> Object:
    """What scales it."""
    manifest = samples.autoscaler()
    manifest["spec"]["minReplicas"] = fewest
    return manifest


def held(**writers: str) -> Object:
    """A Deployment with two pods, a number that these managers wrote by these operations."""
    there = live(samples.deployment())
    [ours] = there["metadata"]["managedFields"]
    del ours["fieldsV1"]["f:spec"]["f:replicas"]
    names = {"ours": FIELD_MANAGER, "between": HANDOVER_MANAGER, "kubectl": "kubectl-edit"}
    for name, operation in writers.items():
        if (name, operation) == ("ours", "Apply"):
            ours["fieldsV1"]["f:spec"]["f:replicas"] = {}
        else:
            own(there, names[name], owned(), operation=operation)
    return there


def both() -> Object:
    """The same, applied by us and patched by us."""
    there = held(ours="Apply")
    own(there, FIELD_MANAGER, owned())
    return there


def ported(there: Object) -> Object:
    """The same with a port that somebody added, which only a patch can remove."""
    samples.app(there)["ports"].append({"containerPort": 9, "protocol": "TCP"})
    return there


def step(there: Object, number: int | None = 2) -> Any:
    """The step that follows when an autoscaler takes over."""
    known = {DEPLOYMENT: Known("1", content=there, held=number)}
    return next(each for each in plan([scaled(), autoscaler()], known).steps if each.uid)


def owners_of(there: Object) -> set[str]:
    """Who owns the number of pods."""
    return {
        each["manager"]
        for each in there["metadata"]["managedFields"]
        if "f:replicas" in each["fieldsV1"].get("f:spec", {})
    }


def test_the_fewest_pods_are_those_of_the_autoscaler_that_targets_the_child() -> None:
    """Without one, or for another child, there is no such number."""
    assert floor([scaled(), autoscaler(3)], DEPLOYMENT) == 3
    assert floor([scaled(), autoscaler(3)], Key("Deployment", "carts")) is None
    assert floor([scaled()], DEPLOYMENT) is None


@pytest.mark.parametrize(
    ("fewest", "handover"), [(None, None), (1, None), (2, Handover(2))], ids=str
)
def test_a_new_child_begins_with_the_fewest_pods(
    fewest: int | None, handover: Handover | None
) -> None:
    """One is what the server makes of silence, and force would undo what an autoscaler did."""
    assert of_new(fewest) == handover


@pytest.mark.parametrize(
    ("fewest", "number", "handover"),
    [
        (None, 3, None),
        (2, None, None),
        (2, 3, Handover(3)),
        (2, 1, Handover(1)),
        (2, 0, Handover(2, force=True)),
    ],
    ids=str,
)
def test_what_we_hold_stays_but_never_at_zero(
    fewest: int | None, number: int | None, handover: Handover | None
) -> None:
    """An autoscaler leaves zero pods alone for ever."""
    assert of_held(fewest, number) == handover


def test_a_step_carries_what_has_to_be_handed_over() -> None:
    """Also when the child's content has been dropped."""
    known = {DEPLOYMENT: Known("1", verified="of another manifest", held=4)}

    [change] = [each for each in plan([scaled(), autoscaler()], known).steps if each.uid]
    new = plan([scaled(), autoscaler()], {}).steps[0]

    assert (change.action, change.fewest, change.held) == (Action.APPLY, 2, 4)
    assert (new.action, new.fewest, new.held) == (Action.CREATE, 2, None)


def test_what_our_applies_own_is_let_go_by_an_apply() -> None:
    """Nothing is foreign, so no patch is needed."""
    found = step(held(ours="Apply"))

    assert (found.action, found.patch) == (Action.APPLY, ())
    assert [each.where for each in found.differences] == [REPLICAS]


@pytest.mark.parametrize(
    "there",
    [
        ported(held(ours="Apply")),
        ported(held(ours="Update")),
        held(ours="Update"),
        both(),
        held(ours="Update", between="Apply"),
        ported(held(ours="Apply", between="Apply")),
        ported(held(ours="Update", kubectl="Update")),
    ],
    ids=["apply", "patch", "patch alone", "both", "late", "late apply", "shared"],
)
def test_no_repair_removes_the_number_of_pods(there: Object) -> None:
    """The server would reset it to one; only our patches' claim to it goes."""
    before = owners_of(there) - {FIELD_MANAGER}

    found = step(there)

    assert found.action is Action.REPAIR
    after = jsonpatch.apply_patch(there, json.loads(json.dumps(found.patch)))
    assert after["spec"]["replicas"] == 2
    assert before <= owners_of(after)
    assert FIELD_MANAGER not in owners_of(after)
    assert len(samples.app(after)["ports"]) == 1
    assert differences(scaled(), after) == []


@pytest.mark.parametrize(
    "there",
    [held(), held(between="Apply"), held(kubectl="Update")],
    ids=["nobody", "between", "people"],
)
def test_what_is_not_ours_is_no_difference(there: Object) -> None:
    """It is the autoscaler's, even if somebody has scaled by hand."""
    there["spec"]["replicas"] = 7

    assert differences(scaled(), there) == []


def test_back_again_the_number_is_ours() -> None:
    """Whoever holds it: an apply with force takes it."""
    there = held(between="Apply")
    there["spec"]["replicas"] = 7

    [found] = differences(samples.deployment(), there)

    assert (found.where, found.foreign) == (REPLICAS, False)


def test_the_manager_in_between_is_nobody_to_blame() -> None:
    """It is us."""
    assert changed_by(held(between="Apply"), REPLICAS) == ""
    assert changed_by(held(between="Apply", kubectl="Update"), REPLICAS) == "kubectl-edit"
