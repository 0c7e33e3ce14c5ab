"""An empty store, and who is woken by it."""

from __future__ import annotations

import pytest

from microservice_operator.cluster.store import Store
from tests.unit.cluster.objects import Woken


@pytest.fixture
def woken() -> Woken:
    """Note who is woken."""
    return Woken()


@pytest.fixture
def store(woken: Woken) -> Store:
    """An empty store."""
    return Store(woken)
