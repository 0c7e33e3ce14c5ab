"""One app, one Microservice or one host for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.engine.edge import Edge
from tests.unit.engine.world import Operator, World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> World:
    """One app."""
    return World()


@pytest.fixture
def operator(world: World) -> Operator:
    """The operator with one Microservice in sight."""
    return Operator(world)


@pytest.fixture
def edge() -> Iterator[Edge]:
    """One host, and all Microservices in sight."""
    made = Edge()
    made.counted()
    yield made
    made.loop.close()
