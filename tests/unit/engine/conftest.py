"""One app and one Microservice for each test."""

from __future__ import annotations

import pytest

from tests.unit.engine.world import Operator, World


@pytest.fixture
def world() -> World:
    """One app."""
    return World()


@pytest.fixture
def operator(world: World) -> Operator:
    """The operator with one Microservice in sight."""
    return Operator(world)
