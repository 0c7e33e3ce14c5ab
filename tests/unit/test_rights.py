"""The judge of the operator's rights, who must not be blind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.chart.helm import RELEASE
from tests.cluster import Request
from tests.integration.rights import denied, flaws, used

RULES = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create", "patch"]}]
ROLES = [{"kind": "ClusterRole", "metadata": {"name": RELEASE}, "rules": RULES}]
REFUSAL = 'deployments.apps is forbidden: User "operator" cannot create resource "deployments"'


def request(**fields: Any) -> Request:
    """A request for Deployments."""
    plain = {"user": "operator", "namespace": "", "name": "", "stage": "", "user_agent": ""}
    target = {"group": "apps", "resource": "deployments", "subresource": "", "uri": ""}
    answer = {"verb": "patch", "code": 200, "message": "", "received": datetime.now(UTC)}
    return Request(**{**plain, **target, **answer, **fields})


def test_an_apply_that_creates_needs_two_rights() -> None:
    """The server asks for both, and its log tells of one."""
    assert used([request(code=201)]) == {
        ("apps", "deployments", "patch"),
        ("apps", "deployments", "create"),
    }
    assert used([request(subresource="status")]) == {("apps", "deployments/status", "patch")}


def test_a_refused_request_uses_no_right() -> None:
    """Or a right that is missing would look like one that is needed and there."""
    assert used([request(code=403, message=REFUSAL)]) == set()


@pytest.mark.parametrize(
    ("code", "message", "found"),
    [
        (403, REFUSAL, [REFUSAL]),
        (403, "exceeded quota: none, requested: pods=1", []),
        (409, 'User "operator" is no matter here', []),
    ],
    ids=["role", "quota", "conflict"],
)
def test_only_what_roles_forbid_is_denied(code: int, message: str, found: list[str]) -> None:
    """Quotas and policies say no with the same code."""
    assert list(denied([request(code=code, message=message)])) == found


def test_a_right_that_nothing_needed_is_a_flaw_of_a_whole_run() -> None:
    """A single test needs little, and proves nothing."""
    [flaw] = flaws([request()], ROLES, whole=True)

    assert "never used" in flaw
    assert "create apps/deployments" in flaw
    assert list(flaws([request()], ROLES, whole=False)) == []
    assert list(flaws([request(code=201)], ROLES, whole=True)) == []
