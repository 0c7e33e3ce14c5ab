"""Which requests the conditions of a version select."""

from __future__ import annotations

import re
from typing import Any

import pytest

from microservice_operator.api.versions import VersionMatch
from microservice_operator.model.selections import selection

ONE = {"cookies": [{"name": "ver", "exact": "2"}]}
START = {"cookies": [{"name": "ver", "prefix": "2"}]}
ANY = {"cookies": [{"name": "ver", "present": True}]}
TWO = {"cookies": [{"name": "ver", "exact": "2"}, {"name": "a.b", "exact": "c+d"}]}


def selected(match: dict[str, Any]) -> Any:
    """The part of an HTTPMatchRequest."""
    return selection(VersionMatch.model_validate(match), "spec")


def test_values_are_exact_or_begin_with_something_or_are_just_there() -> None:
    """A condition without a value asks only that there is one."""
    some: list[dict[str, Any]] = [
        {"name": "a", "exact": "x.y"},
        {"name": "b", "prefix": "x.y"},
        {"name": "c", "present": True},
        {"name": "d", "regex": "v[0-9]"},
    ]
    wanted = {
        "a": {"exact": "x.y"},
        "b": {"regex": r"x\.y.*"},
        "c": {},
        "d": {"regex": "v[0-9]"},
    }

    found = selected({"headers": some, "query": some})

    assert found.match == {"headers": wanted, "queryParams": wanted}
    assert found.conditions == 8


def test_a_header_can_be_asked_to_be_missing() -> None:
    """Whoever has it is served by somebody else."""
    found = selected({"headers": [{"name": "x-old", "present": False}]})

    assert found.match == {"withoutHeaders": {"x-old": {}}}
    assert found.conditions == 1


@pytest.mark.parametrize(
    ("match", "cookie", "fits"),
    [
        (ONE, "ver=2", True),
        (ONE, "a=b; ver=2; c=d", True),
        (ONE, "a=b;ver=2", True),
        (ONE, "ver=22", False),
        (ONE, "xver=2", False),
        (ONE, "a=ver=2", False),
        (ONE, "ver=2x; ver=3", False),
        (START, "ver=22; a=b", True),
        (START, "ver=12", False),
        (ANY, "a=b; ver=", True),
        (ANY, "a=b; verb=1", False),
        (TWO, "ver=2; a.b=c+d", True),
        (TWO, "a.b=c+d; x=y; ver=2", True),
        (TWO, "ver=2", False),
        (TWO, "ver=2; aXb=c+d", False),
        (TWO, "ver=2; ver=2", False),
    ],
)
def test_a_cookie_is_matched_whole_in_any_place(
    match: dict[str, Any], cookie: str, *, fits: bool
) -> None:
    """Cookies share one header, in any order, among others."""
    pattern = selected(match).match["headers"]["cookie"]["regex"]

    assert bool(re.fullmatch(pattern, cookie)) == fits
