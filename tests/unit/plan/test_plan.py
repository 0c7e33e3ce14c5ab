from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.plan import Action, Key, Known, Plan, Step, digest, plan
from tests.unit.plan import samples
from tests.unit.plan.samples import Object, entry, live

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

DESIRED = [sample() for sample in samples.ALL]
SERVICE = Key("Service", "orders")


def only(steps: Plan) -> Step:
    """The one step of a plan."""
    [step] = steps.steps
    return step


def known(manifest: Object, there: Object | None = None, *, verified: bool = False) -> Known:
    """What the store knows of a child."""
    return Known("1", digest(manifest) if verified else None, there)


def edited(manifest: Object, manager: str = "") -> Object:
    """A Service to whose selector somebody has added a key."""
    there = live(manifest)
    there["spec"]["selector"]["canary"] = "yes"
    fields = there["metadata"]["managedFields"]
    if manager:
        del fields[0]["fieldsV1"]["f:spec"]["f:selector"]
        fields.append(entry(manager, {"f:spec": {"f:selector": {}}}))
    return there


def test_what_is_missing_is_created() -> None:
    """A step holds the manifest, and no uid: there is none yet."""
    assert only(plan([samples.service()], {})) == Step(Action.CREATE, SERVICE, 1, samples.service())


def test_a_verified_child_needs_nothing() -> None:
    """Its digest says it all, without its content."""
    service = samples.service()

    assert plan([service], {SERVICE: known(service, verified=True)}) == Plan()


def test_a_child_that_matches_is_reported_as_verified() -> None:
    """So its content can be dropped."""
    service = samples.service()

    found = plan([service], {SERVICE: known(service, live(service))})

    assert found == Plan(verified={SERVICE: digest(service)})


def test_a_new_spec_is_applied_without_looking() -> None:
    """A child whose content was dropped was as its old manifest wanted it."""
    old, new = samples.service(), samples.service()
    new["spec"]["ports"].pop()

    step = only(plan([new], {SERVICE: known(old, verified=True)}))

    assert (step.action, step.uid, step.drift) == (Action.APPLY, "1", False)


def test_a_changed_child_has_drifted() -> None:
    """The manifest is the one that the child was found to match, and it no longer does."""
    service = samples.service()

    step = only(plan([service], {SERVICE: known(service, edited(service), verified=True)}))

    assert (step.action, step.drift, step.by) == (Action.APPLY, True, "")
    assert [each.path for each in step.differences] == ["spec.selector"]


@pytest.mark.parametrize(("manager", "drift"), [("kubectl-edit", True), ("", False)])
def test_after_a_restart_the_owner_tells_drift_from_a_new_spec(
    manager: str, *, drift: bool
) -> None:
    """There is no digest to compare with, but a foreign manager has left its name."""
    service = samples.service()

    step = only(plan([service], {SERVICE: known(service, edited(service, manager))}))

    assert (step.drift, step.by) == (drift, manager)


def test_only_what_somebody_changed_is_undone() -> None:
    """The rest of the same write follows the spec, and nobody is blamed for it."""
    old, new = samples.service(), samples.service()
    new["spec"]["ports"].pop()
    there = edited(old, "kubectl-edit")

    step = only(plan([new], {SERVICE: known(old, there, verified=True)}))

    assert [each.path for each in step.undone] == ["spec.selector"]
    assert len(step.differences) > 1


@pytest.mark.parametrize("damage", [{"data": {"LEVEL": "evil"}}, {"data": {}}])
def test_what_can_never_change_is_replaced(damage: dict[str, Any]) -> None:
    """The server would refuse every write to it; without it, it is made anew."""
    config = samples.config_map()
    key = Key.of(config)
    there = live(config) | {"immutable": True}

    step = only(plan([config], {key: known(config, there | damage, verified=True)}))
    label = live(config) | {"immutable": True, "data": config["data"]}
    label["metadata"]["labels"] = {}
    relabelled = only(plan([config | {"immutable": True}], {key: known(config, label)}))

    assert (step.action, step.uid, step.drift) == (Action.DELETE, "1", True)
    assert relabelled.action is not Action.DELETE


def test_a_foreign_item_is_repaired() -> None:
    """An apply alone would fail for ever."""
    service = samples.service()
    there = live(service)
    there["spec"]["ports"][0]["port"] = 81

    step = only(plan([service], {SERVICE: known(service, there, verified=True)}))

    assert (step.action, step.drift) == (Action.REPAIR, True)
    assert step.patch[0]["path"] == "/metadata/resourceVersion"


def test_what_is_not_desired_is_deleted_by_its_uid() -> None:
    """Never a successor of the same name."""
    assert only(plan([], {SERVICE: Known("1")})) == Step(Action.DELETE, SERVICE, 6, uid="1")


def test_a_child_on_its_way_out_is_waited_for() -> None:
    """Its name will be free; if it is not desired there is nothing to do at all."""
    leaving = {SERVICE: Known("1", deleting=True)}

    assert plan([samples.service()], leaving) == Plan(waiting=(SERVICE,))
    assert plan([], leaving) == Plan()


def test_identities_and_guards_come_before_workloads_and_leave_after_them() -> None:
    """Removal runs the other way round, when all is done; but who scales lets go first."""
    live_children = {Key(manifest["kind"], "old"): Known("1") for manifest in DESIRED}

    waves = [{step.key for step in wave} for wave in plan(DESIRED, live_children).waves()]

    scaler = ("HorizontalPodAutoscaler", "old")
    early = ("ServiceAccount", "ConfigMap", "NetworkPolicy")
    first = {*((kind, "orders") for kind in early), scaler}
    last = {(kind, "old") for kind in early}
    assert len(waves) == 4
    assert (waves[0], waves[-1]) == (first, last)
    assert all(name != "old" for _, name in waves[1])


def test_what_is_spared_stays_and_is_told() -> None:
    """Nobody wants it now, but somebody may go back to it."""
    old, other = Key("ConfigMap", "old"), Key("ConfigMap", "other")
    going = Key("ConfigMap", "going")
    there = {old: Known("1"), other: Known("2"), going: Known("3", deleting=True)}

    found = plan([], there, spared={old, going})

    assert found.surplus == (old,)
    assert [(step.action, step.key) for step in found.steps] == [(Action.DELETE, other)]


def test_kinds_that_are_held_are_left_as_they_are() -> None:
    """Neither created, changed nor deleted, whatever is desired."""
    kinds = {"Service", "ConfigMap"}
    there = {
        SERVICE: known(samples.service(), edited(samples.service())),
        Key("Service", "old"): Known("1"),
        Key("ServiceAccount", "old"): Known("2"),
    }

    found = plan(DESIRED, there, held=kinds)

    assert not any(step.key.kind in kinds for step in found.steps)
    assert found.surplus == ()
    others = {Key.of(each) for each in DESIRED if each["kind"] not in kinds}
    assert {step.key for step in found.steps} == others | {Key("ServiceAccount", "old")}


children = st.fixed_dictionaries(
    {
        Key.of(manifest): st.sampled_from(
            [
                None,
                known(manifest, verified=True),
                known(manifest, live(manifest)),
                known(manifest, live(manifest) | {"metadata": {"labels": {}}}),
                Known("1", deleting=True),
            ]
        )
        for manifest in DESIRED
    }
)


@given(children, st.randoms())
def test_order_does_not_matter(known_children: Mapping[Key, Known | None], chance: Random) -> None:
    """The same children give the same plan, however they are listed."""
    there = {key: child for key, child in known_children.items() if child}
    shuffled = chance.sample(DESIRED, len(DESIRED))

    assert plan(shuffled, dict(reversed(there.items()))) == plan(DESIRED, there)


@given(st.sets(st.sampled_from(DESIRED_KEYS := [Key.of(manifest) for manifest in DESIRED])))
def test_a_plan_that_was_carried_out_leaves_an_empty_one(there: set[Key]) -> None:
    """A second pass finds everything as desired."""
    done = {step.key for step in plan(DESIRED, {key: Known("1") for key in there}).steps}

    after = {Key.of(each): known(each, live(each)) for each in DESIRED}

    assert done == set(DESIRED_KEYS)
    assert plan(DESIRED, after).steps == ()


def test_the_digest_is_of_the_content() -> None:
    """Neither the order of fields nor a tuple for a list makes another manifest."""
    one = {"a": [1, 2], "b": {"c": "é", "d": None}}
    other = {"b": {"d": None, "c": "é"}, "a": (1, 2)}

    assert digest(one) == digest(other)
    assert digest(one) != digest({**one, "a": [2, 1]})
