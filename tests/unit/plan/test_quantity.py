from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.plan.quantity import amount


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (0.25, "250m"),
        (2, "2"),
        ("1Gi", "1073741824"),
        ("2Gi", 2147483648),
        ("1e3", "1k"),
        ("1E3", 1000),
        ("1E", "1e18"),
        ("1.5Gi", "1536Mi"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-1", "-1000m"),
        ("1000u", "1m"),
        ("0.0001", "1m"),
        ("0.1Gi", "107374182400m"),
    ],
)
def test_spellings_of_one_amount_are_equal(one: str | float, other: str | float) -> None:
    """The server writes quantities in a form of its own, and rounds up to thousandths."""
    assert amount(one) == amount(other)


@pytest.mark.parametrize(
    ("one", "other"), [("1", "1m"), ("1Gi", "1G"), ("1K", "1k"), ("1001m", "1"), ("", "0")]
)
def test_other_amounts_differ(one: str, other: str) -> None:
    """What is no spelling of the same amount is another one."""
    assert amount(one) != amount(other)


@given(st.integers(0, 10**15), st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "Gi"]))
def test_thousandths_are_another_spelling_of_every_amount(number: int, suffix: str) -> None:
    """Whatever the unit, the amount in thousandths is the same."""
    thousandths = amount(f"{number}{suffix}")

    assert amount(f"{thousandths:f}m") == thousandths
