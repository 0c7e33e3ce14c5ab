"""Whatever is done to a child is undone, soon and in few writes, and said by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import Settings
from microservice_operator.resources import CHILDREN as BUILDERS
from microservice_operator.resources import desired
from tests.cluster import wait_until
from tests.integration.damage import (
    FULL,
    ITEMS,
    ITEMS_OF,
    PROTECTED,
    WAYS,
    Damage,
    content,
    damages,
)
from tests.integration.patches import replace
from tests.integration.richest import EVERYTHING, KINDS, having
from tests.integration.world import ONE_OF_EACH, WRITES, condition, named
from tests.integration.writer import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Request
    from tests.integration.damage import Path
    from tests.integration.world import Manifest, World

GOAL_SECONDS = 2
FIGHT_ENDS_WITHIN = 80
REFUSED, INVALID = 300, 422
PLURALS = {kind.name: kind.plural for kind in BUILDERS}
OUR_LABEL = ("metadata", "labels", "app.kubernetes.io/managed-by")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_every_field_of_a_child_is_kept_as_desired(world: World, kind: str, way: str) -> None:
    """Edited, removed, or with more items than we asked for: each comes back within two seconds."""
    found = world.ready(**having(kind, EVERYTHING))
    todo = [each for each in damages(kind, _manifest(found, kind)) if each.way == way]

    refused, late = _undone(world, kind, todo)
    if late:  # it may be the machine that was busy; an operator that is slow is late again
        _, late = _undone(world, kind, late, len(todo))

    if way != "remove":
        assert refused == (PROTECTED if way == "edit" else FULL).get(kind, set())
    assert late == []


def _undone(
    world: World, kind: str, todo: list[Damage], first: int = 0
) -> tuple[set[Path], list[Damage]]:
    """Do all this to the child, one by one; what the server refused, and what was undone late."""
    whole = content(world.the(kind, named(kind)))
    mark, refused, numbered = world.mark(), set(), dict(enumerate(todo, first))

    for number, damage in numbered.items():
        try:
            world.patch(
                kind,
                damage.operations,
                name=named(kind),
                manager=f"kubectl-{number}",
                agent=f"damage {number} ",
            )
        except Refused as error:
            if error.code != INVALID:
                raise
            refused.add(damage.path)
        else:
            _await_content(world, kind, whole, damage)

    world.settle()
    return refused, list(_late(world, mark, kind, numbered))


def _await_content(world: World, kind: str, whole: Manifest, damage: Damage) -> None:
    def undone() -> bool:
        return content(world.the(kind, named(kind))) == whole

    try:
        wait_until(undone, f"{damage} to be undone", 10)
    except TimeoutError as error:
        status = world.the("microservices")["status"]["conditions"][0]
        raise AssertionError(
            f"{error}: {content(world.the(kind, named(kind)))}, {status}"
        ) from error


def _late(world: World, mark: int, kind: str, todo: dict[int, Damage]) -> Iterator[Damage]:
    """Those that were not undone in time; all must have been in one write, and said."""
    notes = world.notes("DriftRepaired")
    for number, (first, *others) in _repairs(world, mark, kind).items():
        damage = todo[number]
        if not others:  # what was taken away is what the server does by default
            assert damage.way == "remove", damage
            continue
        if (others[0].received - first.received).total_seconds() >= GOAL_SECONDS:
            yield damage
        codes = [each.code for each in others]  # a patch may be overtaken by a controller
        assert sum(code < REFUSED for code in codes) == 1, (damage, first, others)
        if damage.path == OUR_LABEL:  # without it a child leaves the watch, so nobody sees who
            assert any(note.startswith("Restored labels and owner of ") for note in notes), notes
        elif damage.leaves_a_trace:
            said = [note for note in notes if note.endswith(f"changed by kubectl-{number}.")]
            assert said, (damage, notes)
            assert all(map(damage.is_named_in, said)), (damage, said)


def _repairs(world: World, mark: int, kind: str) -> dict[int, list[Request]]:
    """Each damage with the operator's writes that follow on it, before the next."""
    found: dict[int, list[Request]] = {}
    for request in world.cluster.audit.requests(since=mark, namespace=world.namespace):
        if request.resource != kind or request.name != named(kind) or request.subresource:
            continue
        if request.user_agent.startswith("damage ") and request.code < INVALID:
            found[int(request.user_agent.split()[1])] = [request]
        elif found and request.user == world.user and request.verb in WRITES:
            list(found.values())[-1].append(request)
    return found


def _manifest(found: Manifest, kind: str) -> Manifest:
    """What must exist of this kind, as the operator's own builders say."""
    manifests = desired(understand(found, Settings(), Facts(mesh=True, monitoring=True)))
    [manifest] = [
        each
        for each in manifests
        if (PLURALS[each["kind"]], each["metadata"]["name"]) == (kind, named(kind))
    ]
    plain: Manifest = json.loads(json.dumps(manifest))
    return plain


def test_every_list_is_added_to(world: World) -> None:
    """The tables of items have no line that no list needs."""
    found = {kind: world.ready(**having(kind, EVERYTHING)) for kind in KINDS}

    added = {
        (kind, damage.path)
        for kind in KINDS
        for damage in damages(kind, _manifest(found[kind], kind))
        if damage.way == "add"
    }

    own = {(kind, path) for kind, items in ITEMS_OF.items() for path in items}
    assert own <= added
    assert {path for _, path in added - own} == ITEMS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_child_is_created_again(world: World, kind: str) -> None:
    """In one write within two seconds, and the Event says which."""
    world.ready(**having(kind, ONE_OF_EACH))
    name = named(kind)
    before, mark = world.the(kind, name), world.mark()
    world.delete(kind, name)

    after = world.await_object(
        kind, lambda it: it["metadata"]["uid"] != before["metadata"]["uid"], name
    )

    world.settle()
    assert after["metadata"]["ownerReferences"] == before["metadata"]["ownerReferences"]
    here = {"namespace": world.namespace, "resource": kind, "name": name}
    [deletion] = world.cluster.audit.requests(since=mark, verb="delete", **here)
    [creation] = world.cluster.audit.requests(since=mark, user=world.user, **here)
    assert (creation.received - deletion.received).total_seconds() < GOAL_SECONDS
    assert world.notes("DriftRepaired") == [f"Created {before['kind']}/{name} again."]


@pytest.mark.parametrize(
    ("command", "manager"),
    [
        (["scale", "deployment/orders", "--replicas=3"], "kubectl"),
        (["set", "image", "deployment/orders", "app=evil"], "kubectl-set"),
        (["set", "env", "deployment/orders", "PORT=1", "EXTRA=1"], "kubectl-set"),
        (["set", "resources", "deployment/orders", "--limits=cpu=1"], "kubectl-set"),
        (["set", "selector", "service/orders", "app=evil"], "kubectl-set"),
        (["label", "service/orders", "app.kubernetes.io/part-of-"], "somebody"),
        (["patch", "pdb/orders", '-p={"spec":{"maxUnavailable":5}}'], "kubectl-patch"),
        (["patch", "cm/orders-files", '-p={"data":{"a.yaml":"evil","b":"c"}}'], "kubectl-patch"),
        (["rollout", "pause", "deployment/orders"], ""),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_a_person_does_with_kubectl_is_undone(
    world: World, command: list[str], manager: str
) -> None:
    """It is undone but for a rollout that is held on purpose, and the Event names kubectl."""
    world.ready(replicas=0, **ONE_OF_EACH)
    before = {kind: content(child) for kind, child in world.children().items()}

    world.kubectl(*command)

    if manager:
        _await_children(world, before)
        world.settle()
        [note] = world.notes("DriftRepaired")
        assert note.endswith(f"changed by {manager}.")
    else:
        world.settle()
        assert world.the("deployments")["spec"]["paused"]


def _await_children(world: World, before: dict[str, Manifest]) -> None:
    def same() -> bool:
        return {kind: content(child) for kind, child in world.children().items()} == before

    wait_until(same, "the children to be as before", 20)


def test_a_field_that_is_fought_over_is_left_alone_for_a_while(world: World) -> None:
    """After three repairs in a minute it is reported; other fields, children and apps go on."""
    world.ready(replicas=0)
    target = "/spec/ports/0/targetPort"
    for port in range(1, 4):
        world.patch("services", replace(target, port))
        world.await_object("services", lambda it: it["spec"]["ports"][0]["targetPort"] == "port-80")
    world.patch("services", replace(target, 4))

    found = world.await_condition("Applied", "False", "FieldConflict")

    message = condition(found, "Applied")["message"]
    assert "kubectl-patch keeps changing spec.ports[80/TCP].targetPort of Service/orders" in message
    assert condition(found, "Stalled")["status"] == "True"
    world.patch("deployments", replace("/spec/template/spec/containers/0/image", "evil"))
    world.await_object("deployments", lambda it: "evil" not in json.dumps(it["spec"]))
    world.ready("other", replicas=0)

    world.await_condition("Ready", "True", timeout=FIGHT_ENDS_WITHIN)
    assert world.the("services")["spec"]["ports"][0]["targetPort"] == "port-80"
    assert not condition(world.the("microservices"), "Stalled")
