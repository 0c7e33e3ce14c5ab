"""The Deployment that most tests look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.plan import samples

if TYPE_CHECKING:
    from tests.unit.plan.samples import Object


@pytest.fixture
def desired() -> Object:
    """The Deployment that we want."""
    return samples.deployment()


@pytest.fixture
def there(desired: Object) -> Object:
    """The same as the server has it."""
    return samples.live(desired)
