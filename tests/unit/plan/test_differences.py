from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from microservice_operator.plan import ABSENT, Difference, differences
from tests.unit.plan import samples
from tests.unit.plan.samples import app, live, own, pod

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.plan.samples import Object


def paths(found: list[Difference]) -> list[str]:
    """Where the differences are."""
    return [difference.path for difference in found]


@pytest.mark.parametrize("sample", samples.ALL)
def test_what_was_applied_does_not_differ(sample: Callable[[], Object]) -> None:
    """An untouched child costs nothing."""
    assert differences(sample(), live(sample())) == []


def test_a_listed_object_need_not_tell_its_type(desired: Object, there: Object) -> None:
    """The items of a list come without apiVersion and kind."""
    del there["kind"], there["apiVersion"]

    assert differences(desired, there) == []


def test_an_unknown_kind_is_compared_field_by_field() -> None:
    """A kind without a row in the table has objects that merge and lists that are atomic."""
    desired = {"kind": "Route", "metadata": {"name": "a"}, "spec": {"hosts": ["a"], "x": {"y": 1}}}
    there = deepcopy(desired)
    there["spec"] |= {"hosts": ["a", "b"], "x": {"y": 1, "z": 2}}  # type: ignore[operator] # JSON

    assert differences(desired, there) == [Difference(("spec", "hosts"), ["a"], ["a", "b"])]


# ------------------------------------------------------------------------------- the server's hand


def test_defaults_are_no_difference(desired: Object, there: Object) -> None:
    """The server fills in what we leave open."""
    there["spec"]["progressDeadlineSeconds"] = 600
    there["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = "25%"
    app(there)["ports"][0]["protocol"] = "TCP"
    app(there)["livenessProbe"]["httpGet"]["scheme"] = "HTTP"
    app(there)["env"][2]["valueFrom"]["fieldRef"]["apiVersion"] = "v1"
    there["status"] = {"replicas": 2}

    assert differences(desired, there) == []


def test_quantities_are_compared_by_amount(desired: Object, there: Object) -> None:
    """The server spells them its own way; an env value of the same look is a text."""
    app(there)["resources"]["requests"] = {"cpu": "500m", "memory": "1073741824"}
    app(there)["env"][0]["value"] = "8080000m"

    assert paths(differences(desired, there)) == [
        "spec.template.spec.containers[app].env[PORT].value"
    ]


def test_a_port_number_may_be_spelled_as_text(desired: Object, there: Object) -> None:
    """An int-or-string field holds either."""
    app(there)["livenessProbe"]["httpGet"]["port"] = "8080"

    assert differences(desired, there) == []


def test_a_flag_is_not_the_word_for_it(desired: Object, there: Object) -> None:
    """Only numbers have two spellings."""
    pod(there)["automountServiceAccountToken"] = "False"

    assert len(differences(desired, there)) == 1


def test_empty_values_that_the_server_dropped_are_no_difference(
    desired: Object, there: Object
) -> None:
    """What is empty, still owned by us and not there, was left out by the server itself."""
    del app(there)["env"][1]["value"]
    del app(there)["livenessProbe"]["initialDelaySeconds"]
    del app(there)["volumeMounts"][0]["readOnly"]

    assert differences(desired, there) == []


def test_a_default_that_the_server_dropped_is_no_difference(desired: Object, there: Object) -> None:
    """A repair that writes it leaves no trace of it: to the server there was nothing to own."""
    del app(there)["env"][1]["value"], app(there)["livenessProbe"]["initialDelaySeconds"]
    there["metadata"]["managedFields"] = []

    assert differences(desired, there) == []


def test_an_empty_value_that_somebody_removed_is_a_difference(
    desired: Object, there: Object
) -> None:
    """False is no default everywhere: a removal takes the field away from us, and shows."""
    del pod(there)["automountServiceAccountToken"]
    fields = there["metadata"]["managedFields"][0]["fieldsV1"]
    del fields["f:spec"]["f:template"]["f:spec"]["f:automountServiceAccountToken"]

    assert differences(desired, there) == [
        Difference(
            ("spec", "template", "spec", "automountServiceAccountToken"), ours=False, theirs=ABSENT
        )
    ]


@pytest.mark.parametrize("absent", ["egress", "ports"])
def test_empty_lists_that_the_server_drops_from_atomic_values(absent: str) -> None:
    """The same holds within a value that is replaced as a whole."""
    desired = samples.network_policy()
    desired["spec"]["ingress"][0]["ports"] = []
    there = live(desired)
    there["spec"].pop(absent, None)
    there["spec"]["ingress"][0].pop(absent, None)

    assert differences(desired, there) == []


def test_protocol_is_a_default_within_a_network_policy() -> None:
    """Atomic values are compared exactly, but for what the server adds to them."""
    desired = samples.network_policy()
    there = live(desired)
    port = there["spec"]["ingress"][0]["ports"][0]

    port["protocol"] = "TCP"
    assert differences(desired, there) == []

    port["protocol"] = "UDP"
    assert paths(differences(desired, there)) == ["spec.ingress"]


# --------------------------------------------------------------------------------- edits of values


def _add_selector(there: Object) -> None:
    there["spec"]["selector"]["canary"] = "yes"


def _drop_selector(there: Object) -> None:
    there["spec"]["selector"].popitem()


@pytest.mark.parametrize("damage", [_add_selector, _drop_selector])
def test_atomic_maps_are_compared_exactly(damage: Callable[[Object], None]) -> None:
    """A key added to a Service selector empties its endpoints."""
    there = live(samples.service())
    damage(there)

    found = differences(samples.service(), there)

    assert paths(found) == ["spec.selector"]
    assert not found[0].foreign


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", "registry.example/orders:2"),
        ("args", ["--verbose"]),
        ("args", ["--port=8080", "--verbose"]),
        ("args", "--verbose"),
        ("env", None),
        ("resources", None),
    ],
)
def test_a_changed_value_is_found(
    desired: Object, there: Object, field: str, value: object
) -> None:
    """Atomic lists by length and order, and nothing trips over a value of another type."""
    app(there)[field] = value

    assert paths(differences(desired, there)) == [f"spec.template.spec.containers[app].{field}"]


def test_builders_may_use_tuples(desired: Object, there: Object) -> None:
    """A tuple is the list that JSON makes of it."""
    app(desired)["args"] = tuple(app(desired)["args"])
    app(desired)["env"] = tuple(app(desired)["env"])

    assert differences(desired, there) == []


def test_a_removed_field_is_found(desired: Object, there: Object) -> None:
    """A probe that was taken away is missing as a whole."""
    del app(there)["livenessProbe"]

    [found] = differences(desired, there)

    assert found.path == "spec.template.spec.containers[app].livenessProbe"
    assert (found.ours, found.theirs) == (app(desired)["livenessProbe"], ABSENT)


def test_our_labels_must_be_there_and_others_may(desired: Object, there: Object) -> None:
    """Other tools put labels, annotations and owners of their own on our children."""
    there["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "today"}
    there["metadata"]["labels"]["gitops"] = "yes"
    there["metadata"]["ownerReferences"].append({"uid": "2", "name": "else"})
    own(there, "kubectl-edit", {"f:metadata": {"f:labels": {"f:gitops": {}}}})
    assert differences(desired, there) == []

    there["metadata"]["labels"].pop("app.kubernetes.io/name")
    there["metadata"]["ownerReferences"].pop(0)
    assert paths(differences(desired, there)) == [
        "metadata.labels.app.kubernetes.io/name",
        "metadata.ownerReferences[8e5f]",
    ]


def test_our_owner_reference_must_say_that_we_control(desired: Object, there: Object) -> None:
    """A reference of the right uid that controls nothing is not ours."""
    there["metadata"]["ownerReferences"][0]["controller"] = False

    assert paths(differences(desired, there)) == ["metadata.ownerReferences[8e5f]"]
