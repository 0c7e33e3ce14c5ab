"""Parsing: from whatever came in to a checked value, or to words about what is wrong."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from microservice_operator.api.microservice import parse
from microservice_operator.errors import Invalid
from tests.corpus.boundaries import Place, places
from tests.corpus.documents import document
from tests.corpus.verdicts import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = st.sampled_from(["metadata", "spec", "name", "image", "ports", "port", "health"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)
ANYTHING: st.SearchStrategy[Any] = (
    JSON | st.binary() | st.dictionaries(st.integers() | st.binary(), JSON) | st.tuples(JSON)
)


def problems(**spec: Any) -> str:
    """Return what is wrong with a spec that has these fields."""
    with pytest.raises(Invalid) as caught:
        parse(document({"image": "a", **spec}))
    return str(caught.value)


def test_a_microservice_knows_which_object_it_is() -> None:
    """The later steps need the name and the uid, and nothing else of the metadata."""
    metadata = {"name": "orders", "namespace": "shop", "uid": "u", "generation": 4, "labels": {}}
    found = parse(document({"image": "a"}) | {"metadata": metadata, "status": {"pods": "1/1"}})
    assert (found.name, found.namespace, found.uid, found.generation) == ("orders", "shop", "u", 4)
    assert found.spec.image == "a"


def test_a_document_that_is_in_no_cluster_is_enough() -> None:
    """A user may ask about a file before it is applied."""
    found = parse({"metadata": {"name": "orders"}, "spec": {"image": "a"}})
    assert (found.namespace, found.uid, found.generation) == ("", "", 0)


def test_any_mapping_is_a_document() -> None:
    """Frameworks hand over views of their own."""
    body = MappingProxyType({"metadata": {"name": "orders"}, "spec": {"image": "a"}})
    assert parse(body).name == "orders"


@given(ANYTHING)
def test_whatever_comes_in_nothing_but_invalid_comes_out(body: Any) -> None:
    """A pass must never end with an error that nobody expects."""
    with pytest.raises(Invalid):
        parse(body)


@given(place=st.sampled_from(places()), value=ANYTHING)
def test_whatever_stands_in_a_field_nothing_but_invalid_comes_out(place: Place, value: Any) -> None:
    """The same, close to what is right."""
    assert "Input should" not in (refusal(place.changed(value)) or "")


def test_problems_say_where_what_and_what_is_allowed() -> None:
    """A user reads one line and knows what to change."""
    ports = [{"name": "http", "port": 80}, {"name": "grpc", "port": 70000}]
    words = "spec.ports[1].port: must be a whole number from 1 to 65535, not 70000"
    assert problems(ports=ports) == words


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"image": None}, "spec.image: must be given"),
        (
            {"image": True},
            "spec.image: must be an image reference: printable ASCII without spaces, ",
        ),
        ({"replicas": 10**5000}, "spec.replicas: must be a whole number from 0 to 1000, not that"),
        ({"replicas": 0.5}, "spec.replicas: must be a whole number from 0 to 1000, not that"),
        ({"replicas": None, "version": []}, "spec.version: must be the name of a version: letters"),
        ({"iamge": "a"}, "spec.iamge: must be absent: there is no such field"),
        ({"env": {}}, "spec.env: must be a list, not an object"),
        ({"command": ["a"] * 65}, "spec.command: must have at most 64 items"),
        ({"resources": {"limits": 1}}, "spec.resources.limits: must be a map, not 1"),
        ({"health": 1}, "spec.health: must be an object, not 1"),
        ({"serviceAccountToken": "No"}, "spec.serviceAccountToken: must be 'Mounted' or 'NotMou"),
        ({"podLabels": {1: "a"}}, "spec.podLabels[1]: must have strings as keys, not 1"),
        ({"podLabels": {"a/b": "c d"}}, 'spec.podLabels["a/b"]: must be a label value'),
        ({"env": [{"name": "A"}] * 2}, "spec.env: must not have two items with the"),
        ({"\ud800": 1}, "spec: must have Unicode strings as keys"),
        (
            {"envFrom": [{"secretRef": {"name": "a", "optional": 1}}]},
            "spec.envFrom[0].secretRef.optional: must be true or false, not 1",
        ),
        (
            {"health": {"liveness": {"exec": {"command": []}}}},
            "spec.health.liveness.exec.command: must have at least 1 item",
        ),
    ],
)
def test_each_kind_of_problem_has_words(spec: Mapping[str, Any], words: str) -> None:
    """No message of a library reaches a user."""
    assert problems(**spec).startswith(words)


def test_a_document_that_is_no_object_is_named_as_such() -> None:
    """Where there is no path there is still a subject."""
    with pytest.raises(Invalid, match=r"^document: must be an object, not null$"):
        parse(None)  # type: ignore[arg-type]  # a file may hold anything


def test_only_a_handful_of_problems_is_told() -> None:
    """A message must fit into a condition."""
    env = [{"name": f"A{number}", "value": number} for number in range(8)]
    assert problems(env=env).endswith("; and 3 more")
    assert len(problems(env=env).split("; ")) > 5


def test_all_broken_rules_are_told_at_once() -> None:
    """A user should not have to try once for each mistake."""
    told = problems(podLabels={"app": "x"}, health={"readiness": {"tcpSocket": {"port": "web"}}})
    assert "spec.podLabels: must not have the keys" in told
    assert "spec.health.readiness: must ask a number" in told


def test_a_long_value_is_told_shortly() -> None:
    """A message must fit into a condition, whatever the value."""
    assert len(problems(version="v" * 10_000)) < 300


def test_a_microservice_cannot_be_changed() -> None:
    """What was checked stays checked."""
    found = parse(document({"image": "a", "ports": [{"name": "a", "port": 1}]}))
    with pytest.raises(ValidationError):
        found.spec.image = "b"  # type: ignore[misc]  # that is the point
    assert isinstance(found.spec.ports, tuple)


def test_absent_ports_are_not_the_same_as_no_ports() -> None:
    """A worker says so by an empty list."""
    assert parse(document({"image": "a"})).spec.ports is None
    assert parse(document({"image": "a", "ports": []})).spec.ports == ()
