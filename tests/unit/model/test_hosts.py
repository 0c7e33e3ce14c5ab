"""Hosts have one spelling, and a wildcard covers what is below it."""

from __future__ import annotations

import pytest

from microservice_operator.model.hosts import canonical, covers, overlap


def test_capitals_and_a_last_dot_do_not_count() -> None:
    """DNS does not count them either."""
    assert canonical("*.Shop.Example.") == "*.shop.example"


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("a.example", "a.example", True),
        ("a.example", "b.a.example", False),
        ("*.example", "a.example", True),
        ("*.example", "b.a.example", True),
        ("*.example", "*.a.example", True),
        ("*.example", "*.example", True),
        ("*.a.example", "*.example", False),
        ("*.example", "example", False),
        ("*.ample", "a.example", False),
    ],
)
def test_a_wildcard_covers_what_is_below_it(pattern: str, host: str, *, expected: bool) -> None:
    """Other wildcards included."""
    assert covers(pattern, host) == expected
    assert overlap(pattern, host) == (covers(pattern, host) or covers(host, pattern))
