from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microservice_operator.plan import Difference, differences
from tests.unit.plan import samples
from tests.unit.plan.samples import app, entry, in_app, in_pod, live, own, pod

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.plan.samples import Object


def paths(found: list[Difference]) -> list[str]:
    """Where the differences are."""
    return [difference.path for difference in found]


def test_an_edited_service_port_is_two_differences() -> None:
    """The list is keyed by the number, so the edited item is a stranger and ours is missing."""
    there = live(samples.service())
    there["spec"]["ports"][0]["port"] = 81

    found = differences(samples.service(), there)

    assert [(each.path, each.foreign) for each in found] == [
        ("spec.ports[81/TCP]", True),
        ("spec.ports[80/TCP]", False),
    ]


def test_an_item_twice_in_a_list_is_found(desired: Object, there: Object) -> None:
    """Of two env variables of one name the later wins, whichever is ours."""
    app(there)["env"].append({"name": "PORT", "value": "1"})

    assert paths(differences(desired, there)) == ["spec.template.spec.containers[app].env[PORT]"]


def test_the_order_of_our_items_matters_and_strangers_may_stand_between(
    desired: Object, there: Object
) -> None:
    """Env variables may refer to earlier ones, init containers run in order."""
    app(there)["env"].insert(1, {"name": "INJECTED", "value": "1"})
    assert differences(desired, there) == []

    app(there)["env"].reverse()
    assert paths(differences(desired, there)) == ["spec.template.spec.containers[app].env"]


@pytest.mark.parametrize(
    ("manager", "found"), [("kubectl-set", True), ("kubectl", True), ("injector", False)]
)
def test_what_people_add_goes_and_what_controllers_add_stays(
    desired: Object, there: Object, manager: str, *, found: bool
) -> None:
    """Injected containers, volumes and env are legitimate; kubectl is not."""
    app(there)["env"].append({"name": "DEBUG", "value": "1"})
    own(there, manager, in_app({"f:env": {'k:{"name":"DEBUG"}': {".": {}, "f:value": {}}}}))

    where = [(each.path, each.foreign) for each in differences(desired, there)]

    assert where == ([("spec.template.spec.containers[app].env[DEBUG]", True)] if found else [])


def test_people_find_no_list_that_we_left_empty(desired: Object, there: Object) -> None:
    """Where we have no list, the items that people add go, those of controllers stay."""
    pod(there)["initContainers"] = [{"name": "theirs"}, {"name": "debug", "image": "sh"}]
    fields: Object = {'k:{"name":"debug"}': {".": {}, "f:image": {}}}
    own(there, "kubectl-edit", in_pod({"f:initContainers": fields}))
    own(there, "injector", in_pod({"f:initContainers": {'k:{"name":"theirs"}': {".": {}}}}))

    assert paths(differences(desired, there)) == ["spec.template.spec.initContainers[debug]"]


def test_people_may_not_add_fields(desired: Object, there: Object) -> None:
    """The server's defaults and what controllers add are told apart from it by their owner."""
    pod(there).update(hostNetwork=True, dnsPolicy="Default", schedulerName="fast")
    own(there, "kubectl-edit", in_pod({"f:hostNetwork": {}}))
    own(there, "scheduler-webhook", in_pod({"f:schedulerName": {}}))

    assert paths(differences(desired, there)) == ["spec.template.spec.hostNetwork"]


def test_only_peoples_part_of_a_shared_object_goes(desired: Object, there: Object) -> None:
    """An object that a controller and a person made together is taken apart."""
    pod(there)["affinity"] = {"nodeAffinity": {"theirs": 1}, "podAffinity": {"a": 1, "b": 2}}
    theirs: Object = {"f:nodeAffinity": {"f:theirs": {}}, "f:podAffinity": {"f:b": {}}}
    own(there, "injector", in_pod({"f:affinity": theirs}))
    own(there, "kubectl-edit", in_pod({"f:affinity": {"f:podAffinity": {"f:a": {}, "f:b": {}}}}))

    assert paths(differences(desired, there)) == [
        "spec.template.spec.affinity.podAffinity.a",
        "spec.template.spec.affinity.podAffinity.b",
    ]


def test_scaling_and_pausing_by_hand_stay(desired: Object, there: Object) -> None:
    """Where the spec is silent on replicas, people and autoscalers decide."""
    del desired["spec"]["replicas"]
    there = live(desired)
    there["spec"] |= {"replicas": 4, "paused": True}
    own(there, "kubectl-edit", {"f:spec": {"f:replicas": {}, "f:paused": {}}})

    assert differences(desired, there) == []


def test_a_subresource_is_no_edit(desired: Object, there: Object) -> None:
    """`kubectl scale` writes through a subresource, which is there to be used."""
    there["spec"]["minReadySeconds"] = 4
    there["metadata"]["managedFields"].append(
        entry("kubectl", {"f:spec": {"f:minReadySeconds": {}}}) | {"subresource": "scale"}
    )

    assert differences(desired, there) == []


@pytest.mark.parametrize("data", [{"LEVEL": "info", "EXTRA": "1"}, {"EXTRA": "1"}])
def test_the_content_of_a_config_map_is_wholly_ours(data: dict[str, str]) -> None:
    """A key that anybody adds becomes an env variable or a file."""
    there = live(samples.config_map())
    there["data"] = data

    found = differences(samples.config_map(), there)

    assert [each.path for each in found if each.foreign] == ["data.EXTRA"]


# ------------------------------------------------------------------ what cannot stand side by side


def _literal(there: Object) -> None:
    app(there)["env"][2] = {"name": "POD", "value": "x"}


def _exec(there: Object) -> None:
    app(there)["livenessProbe"] = {"initialDelaySeconds": 0, "exec": {"command": ["true"]}}


def _config(there: Object) -> None:
    pod(there)["volumes"][0] = {"name": "tmp", "configMap": {"name": "other"}}


@pytest.mark.parametrize(
    ("damage", "rival"),
    [(_literal, "env[POD].value"), (_exec, "livenessProbe.exec"), (_config, "configMap")],
)
def test_rivals_are_foreign(
    desired: Object, there: Object, damage: Callable[[Object], None], rival: str
) -> None:
    """The server refuses two sources of one value: ours can only come back if theirs goes."""
    damage(there)

    found = differences(desired, there)

    assert [each.path.endswith(rival) for each in found if each.foreign] == [True]


def test_recreating_pods_leaves_no_rolling_update(desired: Object, there: Object) -> None:
    """The server's own default would make the apply fail."""
    desired["spec"]["strategy"] = {"type": "Recreate"}
    there["metadata"]["managedFields"] = []

    assert [(each.path, each.foreign) for each in differences(desired, there)] == [
        ("spec.strategy.type", False),
        ("spec.strategy.rollingUpdate", True),
    ]


OPEN_TO_THE_NODE = [
    ("", "hostNetwork", True),
    ("", "hostPID", True),
    ("", "hostIPC", True),
    ("", "shareProcessNamespace", True),
    (".securityContext", "privileged", True),
    (".securityContext", "procMount", "Unmasked"),
    (".securityContext.capabilities", "add", ["SYS_ADMIN"]),
    (".ports[8080/TCP]", "hostPort", 80),
]


def _part(there: Object, where: str) -> Object:
    """The pod, or a part of its application."""
    if where.startswith(".ports"):
        found: Object = app(there)["ports"][0]
        return found
    part = app(there) if where else pod(there)
    for step in where.split(".")[1:]:
        part = part[step]
    return part


@pytest.mark.parametrize(("where", "field", "value"), OPEN_TO_THE_NODE)
def test_nobody_may_open_the_node_to_the_pod(
    desired: Object, there: Object, where: str, field: str, value: object
) -> None:
    """Whoever added it, and under whatever name."""
    _part(there, where)[field] = value

    [found] = differences(desired, there)

    place = f".containers[app]{where}" if where else ""
    assert found.path == f"spec.template.spec{place}.{field}"
    assert found.foreign


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [("", "hostNetwork", False), (".securityContext", "privileged", False)],
)
def test_what_says_the_default_opens_nothing(
    desired: Object, there: Object, where: str, field: str, value: object
) -> None:
    """A webhook may write it at every write; to remove it would never end."""
    _part(there, where)[field] = value

    assert differences(desired, there) == []


def test_an_injected_container_may_be_privileged(desired: Object, there: Object) -> None:
    """What a controller adds as a whole is that controller's business."""
    pod(there)["containers"].append({"name": "proxy", "securityContext": {"privileged": True}})

    assert differences(desired, there) == []
