"""What the platform keeps from a Microservice: refused with where, what, and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.errors import Forbidden, Invalid
from microservice_operator.model import understand
from microservice_operator.platform import settings
from tests import apps

Spec = dict[str, Any]
KEY_OF = {"name": "mine", "key": "a"}
TOLERATES_ALL = {"operator": "Exists"}

# Every way in which a spec can have something of the Secret `mine`.
SECRETS: dict[str, Spec] = {
    "spec.env[0].valueFrom.secretKeyRef": {
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": KEY_OF}}]
    },
    "spec.envFrom[1].secretRef": {
        "envFrom": [{"configMapRef": {"name": "any"}}, {"secretRef": {"name": "mine"}}]
    },
    "spec.mounts[0].secret": {"mounts": [{"name": "a", "path": "/a", "secret": "mine"}]},
    "spec.imagePullSecrets[0]": {"imagePullSecrets": [{"name": "mine"}]},
    "spec.init[0].env[0].valueFrom.secretKeyRef": {
        "init": [
            {
                "name": "a",
                "image": "a",
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": KEY_OF}}],
            }
        ]
    },
    "spec.sidecars[0].envFrom[0].secretRef": {
        "sidecars": [{"name": "a", "image": "a", "envFrom": [{"secretRef": {"name": "mine"}}]}]
    },
}


def refusal(tenancy: Spec, defaults: Spec | None = None, /, **spec: Any) -> str:
    """Why the platform refuses this spec; empty when it does not."""
    said = settings({"tenancy": tenancy, "defaults": defaults})
    try:
        understand(apps.body(**spec), said)
    except Forbidden as error:
        return str(error)
    return ""


def test_an_account_of_its_own_is_all_there_is_by_default() -> None:
    """Another one may have rights that nobody meant to give, were it called as the app itself."""
    assert refusal({}, serviceAccountName="deployer") == (
        "spec.serviceAccountName: must not be 'deployer'; the platform's settings "
        "(`tenancy.serviceAccounts`) allow only its own in this namespace; "
        "ask whoever runs the platform for more"
    )
    assert refusal({}, serviceAccountName="orders")
    assert not refusal({}, serviceAccountToken="Mounted")


@pytest.mark.parametrize(
    ("names", "name", "allowed"),
    [
        ("Any", "a", True),
        ("Own", "a", False),
        ([], "a", False),
        (["a"], "a", True),
        (["a"], "ab", False),
        (["a*"], "ab", True),
        (["*.b"], "a.b", True),
        (["*.b"], "acb", False),
        (["shop/a"], "a", True),
        (["web/a"], "a", False),
        (["*/a"], "a", True),
        (["s*p/a"], "a", True),
        (["web/*", "b"], "b", True),
    ],
)
def test_names_are_listed_for_all_namespaces_or_for_some(
    names: object, name: str, *, allowed: bool
) -> None:
    """A list is exact but for `*`; what stands before a '/' is a namespace."""
    told = refusal({"serviceAccounts": names}, serviceAccountName=name)

    assert (told == "") is allowed


@pytest.mark.parametrize("where", SECRETS)
def test_a_secret_is_refused_wherever_it_is_used(where: str) -> None:
    """The settings name those that may be used, in whatever way; the rest is refused by place."""
    told = refusal({"secrets": ["yours", "web/mine"]}, **SECRETS[where])

    assert told.startswith(f"{where}: must not be 'mine'; ")
    assert "(`tenancy.secrets`) allow only 'yours' in this namespace" in told
    assert not refusal({"secrets": ["mi*"]}, **SECRETS[where])
    assert not refusal({"secrets": "Any"}, **SECRETS[where])


def test_a_label_that_is_called_secret_is_none() -> None:
    """Only what reads a Secret is asked about."""
    data = {"secret": "mine", "secretRef": "mine"}

    assert not refusal({"secrets": []}, podLabels=data, config={"data": data})


@pytest.mark.parametrize(
    ("allowed", "asked", "covered"),
    [
        ({"key": "a", "value": "b"}, {"key": "a", "value": "b"}, True),
        ({"key": "a", "value": "b"}, {"key": "a", "value": "c"}, False),
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Exists"}, False),
        ({"key": "a"}, {"key": "a", "operator": "Exists"}, False),
        ({"key": "a"}, {"key": "a", "value": ""}, True),
        ({"key": "a", "operator": "Exists"}, {"key": "a", "value": "c"}, True),
        ({"key": "a", "operator": "Exists"}, {"key": "b", "value": "c"}, False),
        ({"key": "a", "operator": "Exists"}, TOLERATES_ALL, False),
        (TOLERATES_ALL, TOLERATES_ALL, True),
        (TOLERATES_ALL, {"key": "a", "value": "c", "effect": "NoExecute"}, True),
        ({"key": "a", "effect": "NoSchedule"}, {"key": "a"}, False),
        ({"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}, False),
        ({"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule"}, True),
        ({"key": "a"}, {"key": "a", "effect": "NoSchedule"}, True),
        ({**TOLERATES_ALL, "effect": "NoSchedule"}, TOLERATES_ALL, False),
    ],
)
def test_an_allowed_toleration_covers_what_bears_no_more(
    allowed: Spec, asked: Spec, *, covered: bool
) -> None:
    """Key, operator, value and effect: who bears every taint reaches every node."""
    told = refusal({"tolerations": [allowed]}, placement={"tolerations": [asked]})

    assert (told == "") is covered


@pytest.mark.parametrize(("seconds", "covered"), [(10, True), (60, True), (61, False), (-1, False)])
def test_a_toleration_is_allowed_for_some_time(seconds: int, *, covered: bool) -> None:
    """Absent means for ever, and that is longer than any time."""
    taint: Spec = {"key": "a", "effect": "NoExecute"}
    asked = taint if seconds < 0 else {**taint, "tolerationSeconds": seconds}
    allowed = {**taint, "tolerationSeconds": 60}

    told = refusal({"tolerations": [allowed]}, placement={"tolerations": [asked]})

    assert (told == "") is covered


def test_tolerations_are_told_as_kubectl_tells_taints() -> None:
    """Without a list any is allowed, with an empty one none."""
    spot = {"key": "spot", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}
    asked = {"tolerations": [spot, {"key": "a", "value": "b"}, TOLERATES_ALL]}

    assert not refusal({}, placement=asked)
    assert not refusal({"tolerations": "Any"}, placement=asked)
    told = refusal({"tolerations": [spot]}, placement=asked)
    assert "spec.placement.tolerations[1]: must not be 'a=b:*'; " in told
    assert "spec.placement.tolerations[2]: must not be '*=*:*'; " in told
    assert "allow only 'spot=*:NoExecute for 9s' in this namespace" in told
    assert "allow none in this namespace" in refusal({"tolerations": []}, placement=asked)


def test_priority_classes_are_names() -> None:
    """The two of the system exist in every cluster, and push everybody else aside."""
    asked = {"priorityClassName": "system-node-critical"}

    assert not refusal({}, placement=asked)
    told = refusal({"priorityClasses": ["business-*"]}, placement=asked)
    assert told.startswith("spec.placement.priorityClassName: must not be 'system-node-critical';")
    assert not refusal({"priorityClasses": ["system-*"]}, placement=asked)


DEFAULTS: Spec = {
    "serviceAccountName": "runner",
    "imagePullSecrets": [{"name": "registry"}],
    "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "shared", "key": "public"}}}],
    "placement": {"tolerations": [TOLERATES_ALL], "priorityClassName": "normal"},
}
STRICT: Spec = {"secrets": [], "tolerations": [], "priorityClasses": []}


def test_what_the_platform_gives_is_never_forbidden() -> None:
    """Neither where the spec is silent, nor where it repeats what it would get anyway."""
    app = understand(apps.body(), settings({"tenancy": STRICT, "defaults": DEFAULTS}))

    assert app.identity.name == "runner"
    assert app.placement.tolerations == (TOLERATES_ALL,)
    assert not refusal(STRICT, DEFAULTS, **DEFAULTS)


@pytest.mark.parametrize(
    "spec",
    [
        {"mounts": [{"name": "a", "path": "/a", "secret": "registry"}]},
        {"envFrom": [{"secretRef": {"name": "shared"}}]},
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "shared", "key": "b"}}}]},
        {"serviceAccountName": "registry"},
        {"placement": {"priorityClassName": "runner"}},
    ],
    ids=["pulled with", "whole", "another key", "of another kind", "of a third kind"],
)
def test_what_the_platform_gives_one_way_is_not_open_in_another(spec: Spec) -> None:
    """A Secret to pull images with is none that a container may read."""
    assert refusal(STRICT, DEFAULTS, **spec)


def test_all_that_is_refused_is_told_at_once_but_no_endless_list() -> None:
    """Nobody wants to find out one by one."""
    names = [{"name": f"s{number}"} for number in range(7)]
    told = refusal({"secrets": [f"a{number}" for number in range(6)]}, imagePullSecrets=names)

    assert told.count("must not be") == 5
    assert "'a3', 'a4', and 1 more in this namespace" in told
    assert told.endswith("; and 2 more; ask whoever runs the platform for more")


def test_a_wrong_spec_is_wrong_before_it_is_forbidden() -> None:
    """What makes no sense is not asked about."""
    with pytest.raises(Invalid):
        refusal(STRICT, serviceAccountName="No Name")
