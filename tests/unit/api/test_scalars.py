"""What quantities and durations stand for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from microservice_operator.api.scalars import amount, milliseconds


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        (2, 2),
        ("3", 3),
        ("100m", Fraction(1, 10)),
        ("1.5", Fraction(3, 2)),
        ("128Mi", 128 * 2**20),
        ("1k", 1000),
        ("1E", 10**18),
        ("1E3", 1000),
        ("1e3", 1000),
        ("1n", Fraction(1, 10**9)),
        ("1u", Fraction(1, 10**6)),
        ("0.5n", Fraction(1, 10**9)),
        ("9Ei", 2**63 - 1),
        ("10E", 10**19),
    ],
)
def test_quantities_are_what_kubernetes_takes_them_for(
    quantity: int | str, value: int | Fraction
) -> None:
    """Rounded up to nanos; binary ones are capped."""
    assert amount(quantity) == value


@pytest.mark.parametrize(
    ("duration", "length"),
    [("0s", 0), ("300ms", 300), ("1m30s", 90_000), ("2h", 7_200_000), ("1s1s", 2_000)],
)
def test_durations_add_up(duration: str, length: int) -> None:
    """Every part counts, in its own unit."""
    assert milliseconds(duration) == length
