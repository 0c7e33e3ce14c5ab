"""Which taints may be borne where the platform names some."""

from __future__ import annotations

import pytest

from tests.unit.model.tenants import TOLERATES_ALL, Spec, refusal


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
