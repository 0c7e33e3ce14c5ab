"""Who gets which requests to an app."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.routing.shares import Split, splits
from tests import apps

NEW = "registry.example/orders:2.0.0"


def found(*versions: dict[str, Any], awaited: frozenset[str] = frozenset()) -> tuple[Split, ...]:
    """The splits of an app with these versions, some of which have not arrived."""
    app = apps.meshed(versions=[{"image": NEW, **version} for version in versions])
    marked = [replace(each, arrived=each.version not in awaited) for each in app.versions]
    return splits(replace(app, versions=tuple(marked)))


def shares(split: Split) -> dict[str, int]:
    """The shares by the first part of their hosts."""
    return {share.host.partition(".")[0]: share.weight for share in split.shares}


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        ({}, {"orders": 100}),
        ({"v2": 0}, {"orders": 100}),
        ({"v2": 10}, {"orders": 90, "orders-v2": 10}),
        ({"v2": 100}, {"orders-v2": 100}),
        ({"v2": 33, "v3": 33}, {"orders": 34, "orders-v2": 33, "orders-v3": 33}),
    ],
    ids=str,
)
def test_the_stable_version_gets_what_is_left(
    weights: dict[str, int], wanted: dict[str, int]
) -> None:
    """And who gets nothing is left out."""
    [split] = found(*({"name": name, "weight": weight} for name, weight in weights.items()))

    assert shares(split) == wanted
    assert split.match == {}


@given(st.lists(st.integers(0, 50), max_size=8).filter(lambda weights: sum(weights) <= 100))
def test_shares_are_always_everybody(weights: list[int]) -> None:
    """Exactly, in whole numbers, without one that is empty."""
    *_, split = found(*({"name": f"x{n}", "weight": each} for n, each in enumerate(weights)))

    assert sum(shares(split).values()) == 100
    assert 0 not in shares(split).values()


def test_more_conditions_come_first_then_the_name() -> None:
    """Whatever the order in which somebody wrote them."""
    one, two = (
        {"query": [{"name": "a", "exact": "x"}]},
        {"query": [{"name": "b", "exact": "x"}], "headers": [{"name": "c", "exact": "x"}]},
    )

    *matched, rest = found(
        {"name": "v3", "match": [one]},
        {"name": "v2", "weight": 5, "match": [one, two]},
        {"name": "v4", "match": [two]},
    )

    assert [each.version for each in matched] == ["v2", "v4", "v2", "v3"]
    assert [shares(each) for each in matched][:2] == [{"orders-v2": 100}, {"orders-v4": 100}]
    assert matched[0].match.keys() == {"headers", "queryParams"}
    assert shares(rest) == {"orders": 95, "orders-v2": 5}


def test_who_has_not_arrived_gets_nothing() -> None:
    """The stable version stands in."""
    match = [{"query": [{"name": "a", "exact": "x"}]}]

    [split] = found({"name": "v2", "weight": 10, "match": match}, awaited=frozenset({"v2"}))

    assert shares(split) == {"orders": 100}
