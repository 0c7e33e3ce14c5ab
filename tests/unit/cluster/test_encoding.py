from __future__ import annotations

import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from microservice_operator.cluster.encoding import applied


@given(st.text())
@example("Shop \U0001f6d2 \ud83d")
@example("a\u2028b\u0085c\ufeff\x7f")
def test_what_is_applied_means_the_same_as_yaml_and_as_json(text: str) -> None:
    """The server reads an apply as YAML, which knows no pairs of escapes."""
    said = applied({"value": text})

    assert json.loads(said) == {"value": text}
    if not any("\ud800" <= each <= "\udfff" for each in text):
        assert yaml.safe_load(said) == {"value": text}
