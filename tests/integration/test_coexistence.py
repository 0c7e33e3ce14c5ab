"""What others do to our children on a real server: undone or kept, and by whose hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from microservice_operator.engine.execution import CONFLICT_WITH_US
from microservice_operator.plan import (
    FIELD_MANAGER,
    HANDOVER_MANAGER,
    Key,
    Known,
    changed_by,
    differences,
    plan,
    repair,
)
from microservice_operator.plan.schema import KINDS, SERVICE
from microservice_operator.plan.shapes import Granular
from tests.integration.drift import (
    APP,
    CONFLICT,
    EDIT,
    IN_APP,
    POD,
    Server,
    fit,
    heal,
    operations,
)
from tests.unit.plan import samples

if TYPE_CHECKING:
    from tests.cluster import Cluster
    from tests.unit.plan.samples import Object


@pytest.fixture
def server(cluster: Cluster, namespace: str) -> Server:
    """The test's own namespace."""
    return Server(cluster, namespace)


def test_what_a_person_sets_with_kubectl_is_undone(server: Server) -> None:
    """The names that kubectl itself leaves behind are recognised."""
    desired = fit(samples.deployment())
    server.apply(desired)
    server.kubectl("set", "env", "deployment/orders", "DEBUG=1")
    server.kubectl("set", "resources", "deployment/orders", "--limits=cpu=1")
    server.kubectl("set", "image", "deployment/orders", "app=evil:1")

    there = server.get(desired)
    found = differences(desired, there)

    assert {changed_by(there, each.where) for each in found} == {"kubectl-set"}
    assert {each.path for each in found} == {
        f"{IN_APP}.env[DEBUG]",
        f"{IN_APP}.image",
        f"{IN_APP}.resources.limits.cpu",
    }
    assert differences(desired, heal(server, desired)) == []


def test_a_restart_by_hand_is_kept(server: Server) -> None:
    """It is an annotation on the pod template, which anybody may add."""
    desired = fit(samples.deployment())
    server.apply(desired)
    server.kubectl("rollout", "restart", "deployment/orders")

    assert differences(desired, server.get(desired)) == []


def test_what_controllers_add_survives_a_repair(server: Server) -> None:
    """An injected container, env variable and label stay while a person's edits go."""
    desired = fit(samples.deployment())
    server.apply(desired)
    injected = {
        f"{POD}/containers/-": {"name": "proxy", "image": "proxy:1"},
        f"{APP}/env/-": {"name": "TRACE", "value": "1"},
        "/metadata/labels/gitops": "yes",
    }
    there = server.patch(desired, operations(injected), "injector")
    assert differences(desired, there) == []

    server.patch(desired, operations({f"{APP}/env/-": {"name": "X", "value": "1"}}), EDIT)
    healed = heal(server, desired)

    pod = healed["spec"]["template"]["spec"]
    assert [each["name"] for each in pod["containers"]] == ["app", "proxy"]
    assert [each["name"] for each in pod["containers"][0]["env"]] == [
        "PORT",
        "EMPTY",
        "POD",
        "TRACE",
    ]
    assert healed["metadata"]["labels"]["gitops"] == "yes"
    assert differences(desired, healed) == []


def test_what_another_applier_owns_survives_a_repair(server: Server) -> None:
    """A second manager that applies an annotation and a variable keeps both."""
    desired = fit(samples.deployment())
    server.apply(desired)
    container = {"name": "app", "env": [{"name": "TRACE", "value": "1"}]}
    server.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "orders", "annotations": {"team": "a"}},
            "spec": {"template": {"spec": {"containers": [container]}}},
        },
        "gitops",
    )
    server.patch(desired, operations({f"{APP}/ports/0/containerPort": 9}), EDIT)

    healed = heal(server, desired)

    assert healed["metadata"]["annotations"]["team"] == "a"
    variables = healed["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "TRACE", "value": "1"} in variables
    assert differences(desired, healed) == []


def test_a_node_port_survives_the_repair_of_its_service(server: Server) -> None:
    """What the server has allocated is kept, although the item was edited."""
    desired = fit(samples.service())
    desired["spec"]["type"] = "NodePort"
    allocated = [each["nodePort"] for each in server.apply(desired)["spec"]["ports"]]

    server.patch(desired, operations({"/spec/ports/0/port": 81}), EDIT)

    healed = heal(server, desired)

    assert [each["nodePort"] for each in healed["spec"]["ports"]] == allocated


def test_a_stripped_owner_reference_comes_back(server: Server) -> None:
    """Without it the child would outlive its Microservice."""
    desired = fit(samples.service())
    owner = server.apply(fit(samples.config_map()))
    reference = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "orders",
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }
    desired["metadata"]["ownerReferences"] = [reference]
    assert differences(desired, server.apply(desired)) == []

    there = server.patch(desired, operations({"/metadata/ownerReferences": None}), EDIT)

    assert [each.path for each in differences(desired, there)] == ["metadata.ownerReferences"]
    assert differences(desired, heal(server, desired)) == []


@pytest.mark.parametrize("level", [{"LEVEL": "info", "EXTRA": "1"}, {"LEVEL": "debug"}])
def test_a_config_map_holds_only_what_we_put_there(server: Server, level: Object) -> None:
    """The server would merge the keys; to us the content is one."""
    desired = fit(samples.config_map())
    server.apply(desired)
    server.patch(desired, operations({"/data": level}), "anybody")

    assert heal(server, desired)["data"] == desired["data"]


def leftover(server: Server, desired: Object) -> list[str]:
    """What an apply leaves that a repair once brought back; afterwards nothing is left."""
    there = server.apply(desired)
    found = differences(desired, there)
    assert all(each.foreign for each in found)

    heal(server, desired)

    assert differences(desired, server.get(desired)) == []
    return [each.path for each in found]


def test_a_probe_that_a_repair_brought_back_goes_with_the_spec(server: Server) -> None:
    """An apply alone leaves it: it is the repair's, too."""
    desired = fit(samples.deployment())
    server.apply(desired)
    where = {f"{APP}/livenessProbe": None, f"{APP}/ports/0/containerPort": 9}
    server.patch(desired, operations(where), EDIT)
    heal(server, desired)

    del desired["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]

    assert leftover(server, desired) == [f"{IN_APP}.livenessProbe"]
    assert "livenessProbe" not in str(server.get(desired))


def test_a_port_that_a_repair_brought_back_can_get_another_number(server: Server) -> None:
    """The server refuses old and new of one name together, so the repair comes first."""
    desired = fit(samples.service())
    server.apply(desired)
    server.patch(desired, operations({"/spec/ports/0/port": 81}), EDIT)
    heal(server, desired)

    desired["spec"]["ports"][0]["port"] = 8080
    with pytest.raises(AssertionError, match="Duplicate value"):
        server.apply(desired)
    healed = heal(server, desired)

    assert [each["port"] for each in healed["spec"]["ports"]] == [8080, 9000]
    assert differences(desired, server.get(desired)) == []


def test_an_unknown_default_is_repaired_once_more_and_no_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a table lacks a default, what a repair has made of it is nobody's after the next."""
    forgetful = replace(SERVICE, defaults={})
    monkeypatch.setitem(cast("Object", KINDS), "Service", Granular({"spec": forgetful}))
    desired = fit(samples.service())
    server.apply(desired)
    server.patch(desired, operations({"/spec/internalTrafficPolicy": "Local"}), EDIT)

    found = differences(desired, heal(server, desired))

    assert [(each.path, each.theirs) for each in found] == [
        ("spec.internalTrafficPolicy", "Cluster")
    ]
    assert differences(desired, heal(server, desired)) == []


def test_a_repair_of_a_changed_object_is_a_conflict(server: Server) -> None:
    """It is told apart from an invalid object, and the pass is run again."""
    desired = fit(samples.service())
    server.apply(desired)
    there = server.patch(desired, operations({"/spec/ports/0/port": 81}), EDIT)
    patch = repair(desired, there, differences(desired, there))
    server.kubectl("label", "service/orders", "x=y")

    with pytest.raises(AssertionError, match=CONFLICT):
        server.patch(desired, patch, FIELD_MANAGER)


def test_a_plan_finds_drift_that_was_made_while_nobody_looked(server: Server) -> None:
    """After a restart only the managers tell who changed what."""
    desired = fit(samples.service())
    server.apply(desired)
    there = server.patch(desired, operations({"/spec/selector/canary": "yes"}), EDIT)

    [step] = plan([desired], {Key.of(desired): Known("1", content=there)}).steps

    assert (step.drift, step.by) == (True, EDIT)


def test_nobody_opens_the_node_to_the_pods(server: Server) -> None:
    """Whatever name a manager goes by, what reaches into the node is taken back, in one go."""
    desired = fit(samples.deployment())
    server.apply(desired)
    context = f"{APP}/securityContext"
    where = {
        f"{POD}/hostNetwork": True,
        f"{POD}/hostPID": True,
        f"{POD}/hostIPC": True,
        f"{context}/privileged": True,
        f"{context}/capabilities/add": ["SYS_ADMIN"],
    }

    there = server.patch(desired, operations(where), "tool-of-somebody")
    found = {each.path for each in differences(desired, there)}

    inside = f"{IN_APP}.securityContext"
    assert {"spec.template.spec.hostNetwork", f"{inside}.privileged"} <= found
    assert len(found) >= len(where)
    healed = heal(server, desired)
    assert differences(desired, healed) == []
    pod = healed["spec"]["template"]["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert all("hostPort" not in port for port in pod["containers"][0]["ports"])


def test_what_opens_nothing_is_left(server: Server) -> None:
    """An injected container keeps its rights, and a default that is written out is no news."""
    desired = fit(samples.deployment())
    server.apply(desired)
    proxy = {"name": "proxy", "image": "proxy:1", "securityContext": {"privileged": True}}
    where = {f"{POD}/containers/-": proxy, f"{APP}/securityContext/privileged": False}

    there = server.patch(desired, operations(where), "injector")
    assert differences(desired, there) == []


def test_a_conflict_names_the_manager_who_holds_the_field(server: Server) -> None:
    """By these words a number of pods that is still ours is told from one that others moved."""
    desired = fit(samples.deployment())
    server.apply(desired)
    number = {**desired, "metadata": {"name": "orders"}, "spec": {"replicas": 7}}
    where = ("--namespace", server.namespace, "--filename=-")
    by = f"--field-manager={HANDOVER_MANAGER}"

    with pytest.raises(AssertionError, match=CONFLICT_WITH_US):
        server.cluster.kubectl("apply", "--server-side", by, *where, input=json.dumps(number))
