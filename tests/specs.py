"""Valid Microservices at random: parts of the corpus's documents, with other values in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from microservice_operator.api.crd import schema
from microservice_operator.errors import Invalid
from microservice_operator.model import understand
from tests import apps
from tests.corpus.documents import full

Schema = Mapping[str, Any]
Value = st.SearchStrategy[Any]

LONGEST = 64
JSON: Value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def accepted(spec: Mapping[str, Any]) -> bool:
    """Whether a Microservice may have this spec."""
    try:
        understand(apps.body(**spec), apps.OPEN)
    except Invalid:
        return False
    return True


@cache
def specs() -> Value:
    """Specs that are accepted, from a bare image to nearly every field at once."""
    whole = schema()["properties"]["spec"]
    richest, *others = (_part(whole, document["spec"]) for document in full())
    return st.sampled_from([richest, st.one_of(others)]).flatmap(
        lambda chosen: chosen.map(_fitting)
    )


@cache
def bodies() -> Value:
    """Microservices that are accepted, under names of every length."""
    names = st.from_regex(r"[a-z]([-a-z0-9]{0,46}[a-z0-9])?", fullmatch=True)
    return st.builds(lambda name, spec: apps.body(name, **spec), names, specs())


def _fitting(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can stand together: fields that do not fit the ones before them are left out."""
    fitting: dict[str, Any] = {}
    for name, value in spec.items():
        if value is None:
            continue
        inner = value if isinstance(value, dict) else {}
        without_one = [{key: inner[key] for key in inner if key != left_out} for left_out in inner]
        for candidate in (value, *without_one):
            if accepted({**fitting, name: candidate}):
                fitting[name] = candidate
                break
    return fitting


def _part(part: Schema, value: Any) -> Value:
    """Return values that this part of the schema accepts, and that are much like this one."""
    if "properties" in part:
        required = part.get("required", ())
        fields = {name: _part(part["properties"][name], inner) for name, inner in value.items()}
        return st.fixed_dictionaries(
            # a null stands for an absent field, as for the API server
            {name: one if name in required else st.none() | one for name, one in fields.items()}
        )
    if "items" in part:
        return _some_of([_part(part["items"], item) for item in value], part.get("minItems", 0))
    if "additionalProperties" in part:
        inner = {key: _part(part["additionalProperties"], each) for key, each in value.items()}
        return st.fixed_dictionaries({}, optional=inner)
    return st.just(value) | _scalar(part)


def _some_of(items: list[Value], least: int) -> Value:
    """Return lists of all of these items, or of some of them in any order."""
    everything = st.tuples(*items).map(list)
    if not items:
        return everything
    places = st.lists(st.sampled_from(range(len(items))), min_size=least, unique=True)
    return everything | places.flatmap(
        lambda chosen: st.tuples(*(items[place] for place in chosen)).map(list)
    )


def _scalar(part: Schema) -> Value:
    if "x-kubernetes-int-or-string" in part:
        return _number(part) | _string(part)
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if part["type"] == "boolean":
        return st.booleans()
    return _number(part) if part["type"] == "integer" else _string(part)


def _number(part: Schema) -> Value:
    return st.integers(part["minimum"], part["maximum"])


def _string(part: Schema) -> Value:
    longest = min(part["maxLength"], LONGEST)
    if "pattern" not in part:
        return st.text(st.characters(codec="utf-8"), max_size=longest)
    return st.from_regex(part["pattern"].removesuffix("$") + r"\Z").filter(
        lambda text: part.get("minLength", 0) <= len(text) <= longest
    )
