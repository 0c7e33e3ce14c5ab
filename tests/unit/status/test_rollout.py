"""A rollout: when it is complete, and when it has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.status.outcomes import COMPLETE


@pytest.mark.parametrize(
    "short", [{"current": False}, {"pods": 4}, {"updated": 2}, {"available": 2}]
)
def test_a_rollout_is_complete_when_nothing_is_left_to_do(short: dict[str, Any]) -> None:
    """All pods are of this generation, available, and no old one is left."""
    assert COMPLETE.complete
    assert not replace(COMPLETE, **short).complete
