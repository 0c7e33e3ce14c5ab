from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.plan import FIELD_MANAGER, differences
from tests.unit.plan import samples
from tests.unit.plan.samples import app, in_app, own, pod

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.plan.samples import Object


def _no_probe(desired: Object) -> str:
    del app(desired)["livenessProbe"]
    return "spec.template.spec.containers[app].livenessProbe"


def _no_flag(desired: Object) -> str:
    del app(desired)["securityContext"]["readOnlyRootFilesystem"]
    return "spec.template.spec.containers[app].securityContext.readOnlyRootFilesystem"


def _no_variable(desired: Object) -> str:
    app(desired)["env"].pop()
    return "spec.template.spec.containers[app].env[POD]"


def _no_label(desired: Object) -> str:
    del desired["metadata"]["labels"]["microservices.dev/track"]
    return "metadata.labels.microservices.dev/track"


def _no_owner(desired: Object) -> str:
    desired["metadata"]["ownerReferences"].pop()
    return "metadata.ownerReferences[8e5f]"


def _no_port(desired: Object) -> str:
    app(desired)["ports"].pop()
    return "spec.template.spec.containers[app].ports[8080/TCP]"


def _no_selector(desired: Object) -> str:
    del pod(desired)["nodeSelector"]
    return "spec.template.spec.nodeSelector"


LESS = [_no_probe, _no_flag, _no_variable, _no_label, _no_owner, _no_port, _no_selector]


@pytest.mark.parametrize("less", LESS)
def test_what_we_applied_and_no_longer_desire_is_found(
    desired: Object, there: Object, less: Callable[[Object], str]
) -> None:
    """The server still notes it as ours, and so an apply will remove it."""
    path = less(desired)

    assert [(each.path, each.foreign) for each in differences(desired, there)] == [(path, False)]


def repaired_by_us(there: Object) -> None:
    """Note that a patch of ours has brought everything back, so that an apply removes nothing."""
    [ours] = there["metadata"]["managedFields"]
    ours["operation"] = "Update"


@pytest.mark.parametrize("less", LESS)
def test_what_a_repair_brought_back_and_we_no_longer_desire_is_foreign(
    desired: Object, there: Object, less: Callable[[Object], str]
) -> None:
    """An apply would leave it for ever."""
    path = less(desired)
    repaired_by_us(there)

    assert [(each.path, each.foreign) for each in differences(desired, there)] == [(path, True)]


@pytest.mark.parametrize("less", LESS)
def test_what_is_ours_twice_is_foreign(
    desired: Object, there: Object, less: Callable[[Object], str]
) -> None:
    """After the next apply a repaired field is ours by apply and by repair: one is not enough."""
    path = less(desired)
    [applied] = there["metadata"]["managedFields"]
    own(there, FIELD_MANAGER, applied["fieldsV1"])

    assert [(each.path, each.foreign) for each in differences(desired, there)] == [(path, True)]


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_ours_by_apply_and_what_by_repair_add_up(
    desired: Object, there: Object, order: int
) -> None:
    """Of one object, an apply may own this field and a repair that."""
    [applied] = managers = there["metadata"]["managedFields"]
    strategy = applied["fieldsV1"]["f:spec"].pop("f:strategy")
    own(there, FIELD_MANAGER, {"f:spec": {"f:strategy": strategy}})
    managers[:] = managers[::order]
    del app(desired)["livenessProbe"], desired["spec"]["strategy"]["rollingUpdate"]

    found = {each.where[-1]: each.foreign for each in differences(desired, there)}

    assert found == {"livenessProbe": False, "rollingUpdate": True}


def test_defaults_within_what_a_repair_brought_back_are_no_difference(
    desired: Object, there: Object
) -> None:
    """They became ours with it, but were never desired."""
    defaults = {"failureThreshold": 3, "periodSeconds": 10}
    app(there)["livenessProbe"] |= defaults
    own(there, FIELD_MANAGER, in_app({"f:livenessProbe": samples.fields_of(defaults)}))

    assert differences(desired, there) == []


def test_what_a_repair_brought_back_stays_where_others_want_it(
    desired: Object, there: Object
) -> None:
    """Their part of it, and what we only share with them."""
    _no_probe(desired)
    _no_label(desired)
    repaired_by_us(there)
    own(there, "gitops", in_app({"f:livenessProbe": {"f:httpGet": {"f:port": {}}}}))
    own(there, "kubectl", {"f:metadata": {"f:labels": {"f:microservices.dev/track": {}}}})

    assert [(each.path, each.foreign) for each in differences(desired, there)] == [
        ("spec.template.spec.containers[app].livenessProbe.httpGet.path", True)
    ]


def test_what_we_gave_away_and_others_keep_is_not_taken_from_them(
    desired: Object, there: Object
) -> None:
    """A co-owned field needs an apply that lets go of it, and no more."""
    _no_label(desired)
    track: Object = {"f:microservices.dev/track": {}}
    own(there, "gitops", {"f:metadata": {"f:labels": track}}, operation="Apply")

    [found] = differences(desired, there)

    assert not found.foreign


def test_a_shared_port_that_has_to_go_is_foreign(desired: Object, there: Object) -> None:
    """An item of our list that somebody else owns too would survive an apply."""
    _no_port(desired)
    ports: dict[str, Any] = {'k:{"containerPort":8080,"protocol":"TCP"}': {".": {}}}
    own(there, "gitops", in_app({"f:ports": ports}), operation="Apply")

    [found] = differences(desired, there)

    assert found.foreign
