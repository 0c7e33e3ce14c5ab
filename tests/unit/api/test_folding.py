"""Laws of laying the platform's defaults under a user's spec."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.api.folding import fold
from microservice_operator.api.microservice import parse
from tests.corpus.documents import document, full, rules

Spec = dict[str, Any]


def partial(specs: list[Spec]) -> st.SearchStrategy[Spec]:
    """Return parts of accepted specs: some of their fields, as an administrator picks them."""
    return st.sampled_from(specs).flatmap(
        lambda spec: st.sets(st.sampled_from(sorted(spec))).map(
            lambda names: {name: spec[name] for name in names}
        )
    )


SPECS: list[Spec] = [
    *(body["spec"] for body in full()),
    *(body["spec"] for case in rules() for body in case.accepted),
]
PARTIAL = partial(SPECS)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Return every single value of a spec by its path; items go by their name."""
    if isinstance(value, dict) and value:
        parts = value.items()
    elif isinstance(value, list) and value and all("name" in item for item in value):
        parts = {item["name"]: item for item in value}.items()
    else:
        return {path: value}
    return {
        inner: leaf for name, part in parts for inner, leaf in leaves(part, (*path, name)).items()
    }


@given(PARTIAL)
def test_no_defaults_change_nothing(spec: Spec) -> None:
    """Without defaults the user's spec is the spec."""
    assert fold({}, spec) == spec


@given(PARTIAL)
def test_a_silent_spec_shows_the_defaults(defaults: Spec) -> None:
    """Where the user says nothing, all of the defaults show."""
    assert fold(defaults, {}) == defaults


@given(PARTIAL, PARTIAL)
def test_folding_twice_is_folding_once(defaults: Spec, spec: Spec) -> None:
    """What the defaults had to say, they have said."""
    once = fold(defaults, spec)
    assert fold(defaults, once) == once


@given(PARTIAL)
def test_a_spec_over_itself_is_itself(spec: Spec) -> None:
    """Defaults that agree with the user are not seen."""
    assert fold(spec, spec) == spec


@given(PARTIAL, PARTIAL)
def test_the_users_word_is_the_last(defaults: Spec, spec: Spec) -> None:
    """No value that a user wrote is lost or changed."""
    folded = leaves(fold(defaults, spec))
    for path, leaf in leaves(spec).items():
        if leaf != {}:
            assert folded[path] == leaf


@given(PARTIAL, PARTIAL)
def test_nothing_comes_from_nowhere(defaults: Spec, spec: Spec) -> None:
    """Every value is the user's or the platform's."""
    known = {**leaves(defaults), **leaves(spec)}
    for path, leaf in leaves(fold(defaults, spec)).items():
        assert leaf in (leaves(defaults).get(path, known.get(path)), known.get(path))


@given(PARTIAL, PARTIAL)
def test_folding_leaves_its_input_alone(defaults: Spec, spec: Spec) -> None:
    """The same defaults go under every spec."""
    before = repr((defaults, spec))
    fold(defaults, spec)
    assert repr((defaults, spec)) == before


@pytest.mark.parametrize(
    ("defaults", "spec", "folded"),
    [
        pytest.param(
            {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
            {"resources": {"requests": {"cpu": "2"}}},
            {"resources": {"requests": {"cpu": "2", "memory": "1Gi"}}},
            id="maps merge",
        ),
        pytest.param(
            {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]},
            {"env": [{"name": "C", "value": "2"}, {"name": "B", "value": "2"}]},
            {
                "env": [
                    {"name": "A", "value": "1"},
                    {"name": "B", "value": "2"},
                    {"name": "C", "value": "2"},
                ]
            },
            id="keyed lists merge by key, the defaults first",
        ),
        pytest.param(
            {"args": ["--a", "--b"]}, {"args": ["--c"]}, {"args": ["--c"]}, id="lists replace"
        ),
        pytest.param(
            {"ports": [{"name": "a", "port": 1}]}, {"ports": []}, {"ports": []}, id="none is none"
        ),
        pytest.param(
            {"env": [{"name": "A", "value": "1"}]},
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]},
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]},
            id="the other side of a choice goes",
        ),
        pytest.param(
            {"health": {"readiness": {"httpGet": {"path": "/a", "port": 1}, "periodSeconds": 5}}},
            {"health": {"readiness": {"httpGet": {"port": 2}}}},
            {"health": {"readiness": {"httpGet": {"port": 2}, "periodSeconds": 5}}},
            id="one side of a choice replaces as a whole",
        ),
        pytest.param(
            {"health": {"path": "/a", "shutdown": {"drain": "5s"}}},
            {"health": {"liveness": {"grpc": {"port": 1}}}},
            {"health": {"liveness": {"grpc": {"port": 1}}, "shutdown": {"drain": "5s"}}},
            id="probes replace the path",
        ),
        pytest.param(
            {"health": {"liveness": {"grpc": {"port": 1}}}},
            {"health": {"readiness": {"grpc": {"port": 2}}}},
            {"health": {"liveness": {"grpc": {"port": 1}}, "readiness": {"grpc": {"port": 2}}}},
            id="fields of one side stand together",
        ),
        pytest.param(
            {"availability": {"minAvailable": 1, "spread": "Off"}},
            {"availability": {"maxUnavailable": 1}},
            {"availability": {"maxUnavailable": 1, "spread": "Off"}},
            id="one budget replaces the other",
        ),
        pytest.param({"replicas": 2}, {"replicas": None}, {"replicas": 2}, id="a null is silent"),
        pytest.param({"env": 5}, {"env": [{"name": "A"}]}, {"env": [{"name": "A"}]}, id="nonsense"),
        pytest.param(
            {"env": [{"name": []}]}, {"env": [{"name": "A"}]}, {"env": [{"name": "A"}]}, id="keys"
        ),
        pytest.param(
            {"unknown": {"a": {"b": 1}}},
            {"unknown": {"a": {"c": 2}}},
            {"unknown": {"a": {"b": 1, "c": 2}}},
            id="unknown maps merge too",
        ),
    ],
)
def test_folding_by_example(defaults: Spec, spec: Spec, folded: Spec) -> None:
    """The shapes that the API promises."""
    assert fold(defaults, spec) == folded


def test_sensible_defaults_keep_a_spec_accepted() -> None:
    """The result of folding is a spec like any other."""
    defaults = {"resources": {"requests": {"cpu": "100m"}}, "health": {"path": "/healthz"}}
    folded = fold(defaults, {"image": "a", "health": {"shutdown": {"drain": "5s"}}})
    spec = parse(document(folded)).spec
    assert (spec.health.path, spec.health.shutdown.drain) == ("/healthz", "5s")
    assert spec.resources.requests == {"cpu": "100m"}
