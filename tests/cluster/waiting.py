"""Waiting for a condition with a deadline, in place of sleeping."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

INTERVAL = 0.05


def wait_until(
    condition: Callable[[], T | None],
    message: str,
    timeout: float = 60,
    interval: float = INTERVAL,
) -> T:
    """Ask `condition` until it answers with something true, and return that.

    Args:
        condition: what to ask; an exception from it is not waited out.
        message: what is awaited, for the error.
        timeout: seconds after which it is given up.
        interval: seconds between two questions.

    Raises:
        TimeoutError: saying what was awaited and the last answer.
    """
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout} s for {message}; the last answer was {answer!r}")
        time.sleep(interval)
    return answer
