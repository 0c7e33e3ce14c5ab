"""What the platform keeps from a Microservice: refused with where, what, and what is allowed."""

from __future__ import annotations

import pytest

from microservice_operator.errors import Invalid
from tests.unit.model.tenants import Spec, refusal

KEY_OF = {"name": "mine", "key": "a"}

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


def test_priority_classes_are_names() -> None:
    """The two of the system exist in every cluster, and push everybody else aside."""
    asked = {"priorityClassName": "system-node-critical"}

    assert not refusal({}, placement=asked)
    told = refusal({"priorityClasses": ["business-*"]}, placement=asked)
    assert told.startswith("spec.placement.priorityClassName: must not be 'system-node-critical';")
    assert not refusal({"priorityClasses": ["system-*"]}, placement=asked)


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
        refusal({}, serviceAccountName="No Name")
