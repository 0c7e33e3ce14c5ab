from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import jsonpatch

from microservice_operator.plan import FIELD_MANAGER, changed_by, differences, repair
from microservice_operator.plan.manifest import Item
from microservice_operator.plan.ownership import owners
from tests.unit.plan import samples
from tests.unit.plan.samples import APP, app, in_app, in_pod, live, own, pod

if TYPE_CHECKING:
    from tests.unit.plan.samples import Object

EDITED = ("spec", "ports", Item((("port", 81), ("protocol", "TCP"))))
EDITED_FIELDS: Any = {"f:spec": {"f:ports": {'k:{"port":81,"protocol":"TCP"}': {".": {}}}}}


def operations(desired: Object, there: Object) -> list[Object]:
    """The patch, without the guard that every patch begins with."""
    patch = json.loads(json.dumps(repair(desired, there, differences(desired, there))))
    assert patch.pop(0)["path"] == "/metadata/resourceVersion"
    found: list[Object] = patch
    return found


def repaired(desired: Object, there: Object) -> Object:
    """The object after the patch, as desired again."""
    before = deepcopy(there)
    after: Object = jsonpatch.apply_patch(there, operations(desired, there))
    assert there == before
    assert differences(desired, after) == []
    return after


def damaged() -> Object:
    """A Service whose first port somebody has edited."""
    there = live(samples.service())
    there["spec"]["ports"][0]["port"] = 81
    return there


def test_an_apply_is_enough_when_nothing_is_foreign() -> None:
    """Changed and missing fields need no patch."""
    there = live(samples.service())
    there["spec"]["selector"]["canary"] = "yes"

    assert repair(samples.service(), there, differences(samples.service(), there)) == ()


def test_the_patch_is_for_the_version_that_was_read() -> None:
    """A `replace` is answered with 409 by a newer object, a `test` with 422."""
    first, *_ = repair(samples.service(), damaged(), differences(samples.service(), damaged()))

    assert first == {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}


def test_an_edited_port_is_one_operation() -> None:
    """The list is set as a whole, so that no two ports of one name ever meet."""
    [operation] = operations(samples.service(), damaged())

    assert operation == {
        "op": "add",
        "path": "/spec/ports",
        "value": samples.service()["spec"]["ports"],
    }


def test_what_others_added_to_our_items_stays() -> None:
    """An item that is still there keeps what the server has put into it."""
    there = damaged()
    there["spec"]["ports"][1]["nodePort"] = 30001

    after = repaired(samples.service(), there)

    assert [each.get("nodePort") for each in after["spec"]["ports"]] == [None, 30001]


def test_everything_is_undone_at_once(desired: Object, there: Object) -> None:
    """Edits, additions and removals on every level, whether foreign or not."""
    app(there)["image"] = "evil:1"
    app(there)["ports"] = [{"containerPort": 9, "name": "http"}, {"containerPort": 10}]
    app(there)["env"][0] = {"name": "X", "value": "1"}
    app(there)["env"][2] = {"name": "POD", "value": "x"}
    app(there)["livenessProbe"] = {"exec": {"command": ["true"]}, "initialDelaySeconds": 0}
    del app(there)["readinessProbe"], there["metadata"]["ownerReferences"]
    pod(there)["volumes"] = None
    there["spec"]["strategy"] = {"type": "Recreate"}
    there["metadata"]["labels"] = {"else": "where"}
    own(there, "kubectl-edit", in_app({"f:env": {'k:{"name":"X"}': {".": {}}}}))

    after = repaired(desired, there)

    assert after["spec"] == desired["spec"]
    assert after["metadata"]["labels"] == {"else": "where"} | desired["metadata"]["labels"]


def test_a_rival_goes(desired: Object, there: Object) -> None:
    """What the server refuses beside ours is removed with the same patch."""
    desired["spec"]["strategy"] = {"type": "Recreate"}
    there["metadata"]["managedFields"] = []

    assert repaired(desired, there)["spec"]["strategy"] == {"type": "Recreate"}


def test_a_field_that_others_keep_is_only_let_go(desired: Object, there: Object) -> None:
    """A patch would take it from them: that is left to the apply."""
    del desired["metadata"]["labels"]["microservices.dev/track"]
    track: Object = {"f:microservices.dev/track": {}}
    own(there, "gitops", {"f:metadata": {"f:labels": track}}, operation="Apply")
    app(there)["ports"].append({"containerPort": 9})

    assert [each["path"] for each in operations(desired, there)] == [
        "/spec/template/spec/containers/0/ports"
    ]


def test_what_we_alone_applied_goes_with_the_rest() -> None:
    """The server might refuse old and new together."""
    desired = samples.service()
    there = damaged()
    desired["spec"]["ports"][1]["port"] = 9001

    assert [each["port"] for each in repaired(desired, there)["spec"]["ports"]] == [80, 9001]


def test_the_order_of_our_items_comes_back_and_strangers_keep_their_place(
    desired: Object, there: Object
) -> None:
    """A variable may refer to those before it."""
    port, empty, name = app(there)["env"]
    one, two, three, foreign = ({"name": name, "value": "1"} for name in "ABCX")
    app(there)["env"] = [one, name, two, foreign, three, empty, port]
    own(there, "kubectl-edit", in_app({"f:env": {'k:{"name":"X"}': {".": {}}}}))

    after = repaired(desired, there)

    assert [each["name"] for each in app(after)["env"]] == ["A", "PORT", "EMPTY", "POD", "B", "C"]


def test_of_twins_ours_stays(desired: Object, there: Object) -> None:
    """A list that is set anew has every item once."""
    app(there)["env"] += [{"name": "PORT", "value": "1"}, {"name": "X", "value": "1"}]
    own(there, "kubectl-edit", in_app({"f:env": {'k:{"name":"X"}': {".": {}}}}))

    assert app(repaired(desired, there))["env"] == app(desired)["env"]


def test_only_the_persons_item_leaves_a_list_that_we_do_not_have(
    desired: Object, there: Object
) -> None:
    """The injected one is as it was."""
    injected = {"name": "theirs", "resources": {"limits": {"cpu": "1"}}, "args": ["x"]}
    pod(there)["initContainers"] = [{"name": "debug", "image": "sh"}, injected]
    own(there, "kubectl-edit", in_pod({"f:initContainers": {'k:{"name":"debug"}': {".": {}}}}))
    own(there, "injector", in_pod({"f:initContainers": {'k:{"name":"theirs"}': {".": {}}}}))

    assert pod(repaired(desired, there))["initContainers"] == [injected]


def test_a_person_s_part_of_a_stranger_goes(desired: Object, there: Object) -> None:
    """An injected container that a person has edited is not replaced, nor its neighbour."""
    proxy = {"name": "proxy", "image": "proxy:1"}
    pod(there)["containers"].append(proxy | {"tty": True})
    name = 'k:{"name":"proxy"}'
    own(there, "injector", in_pod({"f:containers": {name: {".": {}, "f:image": {}}}}))
    own(there, "kubectl-edit", in_pod({"f:containers": {name: {"f:name": {}, "f:tty": {}}}}))

    [operation] = operations(desired, there)[:-1]

    assert operation == {"op": "remove", "path": "/spec/template/spec/containers/1/tty"}
    assert pod(repaired(desired, there))["containers"][1] == proxy


def test_lists_within_a_list_that_is_set_are_repaired_too(desired: Object, there: Object) -> None:
    """The container keeps what was injected into it and loses what a person added."""
    app(there)["env"] += [{"name": "TRACE", "value": "1"}, {"name": "X", "value": "1"}]
    app(there)["imagePullPolicy"] = "Always"
    pod(there)["containers"].append({"name": "debug"})
    added = {APP: {"f:env": {'k:{"name":"X"}': {".": {}}}}, 'k:{"name":"debug"}': {".": {}}}
    own(there, "kubectl-edit", in_pod({"f:containers": added}))

    after = repaired(desired, there)

    trace = {"name": "TRACE", "value": "1"}
    expected = app(desired) | {"env": [*app(desired)["env"], trace], "imagePullPolicy": "Always"}
    assert pod(after)["containers"] == [expected]


def test_an_empty_value_that_the_server_left_out_stays_out(desired: Object, there: Object) -> None:
    """Setting it would be a change of nothing."""
    del app(there)["env"][1]["value"], pod(there)["volumes"][0]["emptyDir"]
    app(there)["env"].append({"name": "X", "value": "1"})
    own(there, "kubectl-edit", in_app({"f:env": {'k:{"name":"X"}': {".": {}}}}))

    assert app(repaired(desired, there))["env"][1] == {"name": "EMPTY"}


def test_names_are_escaped() -> None:
    """A slash and a tilde have a meaning in a pointer."""
    there = live(samples.config_map())
    there["data"]["a/b~c"] = "x"

    assert operations(samples.config_map(), there) == [{"op": "remove", "path": "/data/a~1b~0c"}]


def test_tuples_are_lists(desired: Object, there: Object) -> None:
    """Builders may use either."""
    app(desired)["env"] = tuple(reversed(app(desired)["env"]))
    injected = {"name": "TRACE", "value": "1"}
    app(there)["env"].insert(0, injected)
    app(there)["ports"].append({"containerPort": 9})

    assert app(repaired(desired, there))["env"] == [injected, *app(desired)["env"]]


def test_a_removed_field_belongs_to_nobody(desired: Object, there: Object) -> None:
    """When its default takes its place the server sees no change and would keep its owner."""
    pod(there).update(hostNetwork=True, dnsPolicy="Default")
    own(there, "kubectl-edit", in_pod({"f:hostNetwork": {}, "f:dnsPolicy": {}}))
    elsewhere = in_pod({"f:hostNetwork": {}, "f:schedulerName": {}})
    own(there, "kubectl-patch", elsewhere, time="2")

    managers = repaired(desired, there)["metadata"]["managedFields"]

    assert [each["manager"] for each in managers] == [FIELD_MANAGER, "kubectl-patch"]
    assert managers[1]["fieldsV1"] == in_pod({"f:schedulerName": {}})
    assert managers[0] == there["metadata"]["managedFields"][0]


def test_an_object_that_forgot_its_managers_can_be_repaired() -> None:
    """Anybody may reset `managedFields`; then everything is foreign."""
    there = damaged()
    del there["metadata"]["managedFields"]

    assert repaired(samples.service(), there)["spec"] == samples.service()["spec"]


def test_the_last_foreign_manager_is_blamed() -> None:
    """Our own operations are no answer, and a path that nobody owns has none."""
    there = damaged()
    for time, manager in enumerate(("gitops", "kubectl-edit", FIELD_MANAGER)):
        own(there, manager, EDITED_FIELDS, time=str(time))

    assert changed_by(there, EDITED) == "kubectl-edit"
    assert changed_by(there, ("spec", "selector")) == ""
    assert changed_by(there, ("spec", "type")) == ""


def test_keys_are_found_however_they_are_escaped() -> None:
    """The server may escape what JSON lets it."""
    there = live(samples.config_map())
    own(there, "kubectl-edit", {"f:mounts": {'k:{"mountPath":"/a\\u0026b"}': {}}})

    [entry] = owners(there, ("mounts", Item((("mountPath", "/a&b"),))))

    assert entry["manager"] == "kubectl-edit"


def test_nothing_is_disowned_where_an_item_goes() -> None:
    """The server does that itself, and the patch stays small."""
    there = damaged()
    own(there, "kubectl-edit", EDITED_FIELDS)

    assert len(operations(samples.service(), there)) == 1
