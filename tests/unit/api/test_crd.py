"""The definition follows the conventions of Kubernetes, and the files in `crds` are current."""

from __future__ import annotations

import re
import runpy
import sys
from typing import TYPE_CHECKING, Annotated, Any

import pytest
import yaml
from kubernetes.client.models import V1CustomResourceDefinition
from pydantic import Field, TypeAdapter

from microservice_operator.api import crd as crd_module
from microservice_operator.api.bounds import Items, text
from microservice_operator.api.crd import CRDS, crd, files, schema
from microservice_operator.api.schema import Block
from microservice_operator.api.structural import Unfaithful, structural
from tests.corpus.boundaries import places
from tests.corpus.verdicts import refusal, rules_of, shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Schema = dict[str, Any]


def parts(part: Schema, at: str) -> Iterator[tuple[str, Schema]]:
    """Yield every part of a schema and where it stands."""
    yield at, part
    for name, inner in part.get("properties", {}).items():
        yield from parts(inner, f"{at}.{name}")
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if word in part:
            yield from parts(part[word], at + mark)


ALL = [pair for top in ("spec", "status") for pair in parts(schema()["properties"][top], top)]
SPEC = [(at, part) for at, part in ALL if at.startswith("spec")]
every_part = pytest.mark.parametrize(("at", "part"), ALL, ids=[at for at, _ in ALL])


@pytest.mark.parametrize("name", sorted(files()))
def test_files_are_current(name: str) -> None:
    """What is checked in is what the models say."""
    assert (CRDS / name).read_text() == files()[name], "run `make crds` and commit the result"


def test_making_the_definition_twice_gives_the_same() -> None:
    """The definition depends on the models alone."""
    assert files() == files()
    assert yaml.safe_load(files()["microservices.yaml"]) == crd()


def test_the_program_writes_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m microservice_operator.api.crd FOLDER` is what `make crds` runs."""
    monkeypatch.setattr(sys, "argv", ["crd", str(tmp_path)])
    runpy.run_path(str(crd_module.__file__), run_name="__main__")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files()


def test_the_definition_is_one_for_the_kubernetes_client() -> None:
    """The official model knows every field of the definition."""
    V1CustomResourceDefinition.model_validate(crd())


def test_names_subresources_and_columns() -> None:
    """What users type and what they see in a list."""
    spec = crd()["spec"]
    [version] = spec["versions"]
    assert (spec["group"], version["name"]) == ("microservices.dev", "v1alpha1")
    assert spec["names"]["shortNames"] == ["msvc"]
    assert spec["names"]["categories"] == ["all", "msa"]
    assert version["subresources"]["scale"]["labelSelectorPath"] == ".status.selector"
    selectable = [each["jsonPath"] for each in version["selectableFields"]]
    assert selectable == [".spec.about.team", ".spec.mode", ".spec.version"]
    columns = version["additionalPrinterColumns"]
    assert [each["name"] for each in columns if each.get("priority")] == [
        "URL",
        "Image",
        "Message",
    ]
    shown = [each["name"] for each in columns if not each.get("priority")]
    assert shown == ["Ready", "Reason", "Pods", "Version", "Traffic", "Age"]


@every_part
def test_everything_is_bounded(at: str, part: Schema) -> None:
    """Without bounds the server refuses rules, and one object could fill its memory."""
    kind = part.get("type")
    if "x-kubernetes-int-or-string" in part:
        assert {"maxLength", "minimum", "maximum"} <= part.keys(), at
        assert shape(part)[0], at
    elif kind == "string":
        assert "enum" in part or "maxLength" in part, at
    elif kind == "integer":
        assert {"minimum", "maximum", "format"} <= part.keys(), at
    elif kind == "array":
        assert "maxItems" in part, at
        assert part["x-kubernetes-list-type"] in {"atomic", "map"}, at
    elif kind == "object":
        assert "properties" in part or "maxProperties" in part, at
    else:
        assert kind == "boolean", at


@every_part
def test_conventions(at: str, part: Schema) -> None:
    """No nulls, no floats, no alternatives, no patterns without words; words in CamelCase."""
    unwanted = {"nullable", "anyOf", "oneOf", "not", "allOf", "title", "x-allowed", "pattern"}
    assert not unwanted & part.keys()
    assert part.get("type") != "number", at
    assert part.get("maximum", 0) <= 2**53, f"{at}: the server keeps bounds as floats"
    words = "[A-Z][A-Za-z0-9]*|[0-9]+m?s"
    assert all(re.fullmatch(words, word) for word in part.get("enum", ())), at
    for key in part.get("x-kubernetes-list-map-keys", ()):
        assert key in part["items"]["required"], at


@every_part
def test_rules_say_where_why_and_what(at: str, part: Schema) -> None:
    """A refusal points at a field that exists and says what is allowed."""
    for rule in part.get("x-kubernetes-validations", ()):
        assert rule["reason"].startswith("FieldValue"), at
        assert re.search(r"\b(must|may)\b", rule["message"]), at
        inner = part
        for name in rule.get("fieldPath", "").split(".")[1:]:
            inner = inner["properties"][name]


@every_part
def test_single_values_are_matched_as_a_whole(at: str, part: Schema) -> None:
    """A pattern covers the whole string, is judged alike everywhere and has words of its own."""
    if part.get("type") == "object" or not part.get("x-kubernetes-validations"):
        return
    if any("''.matches(self)" in rule["rule"] for rule in part["x-kubernetes-validations"]):
        return  # a regular expression of the user's own
    pattern, allowed = shape(part)
    assert (pattern[0], pattern[-1]) == ("^", "$"), at
    assert allowed.startswith("must be "), at
    assert '"' not in pattern, f"{at}: the rule quotes it"
    escaped = set(re.findall(r"\\(.)", pattern))
    assert escaped <= set(".[]"), f"{at}: what a class such as \\d holds differs between engines"


@every_part
def test_fields_are_described(at: str, part: Schema) -> None:
    """A field has a sentence and an example that is YAML."""
    if at[-1] in "]}" or "." not in at:
        return
    sentence, _, example = part["description"].partition(" Example: ")
    assert re.fullmatch(r"[A-Z].*\.", sentence), at
    assert re.fullmatch(r"`[^`]+`\.", example), at
    yaml.safe_load(example[1:-2])


@pytest.mark.parametrize("place", places(), ids=lambda place: place.at)
def test_examples_are_accepted(place: Any) -> None:
    """An example that is refused would be worse than none."""
    if place.at[-1] in "]}" or len(place.path) == 1:
        return
    example = yaml.safe_load(place.schema["description"].partition(" Example: `")[2][:-2])
    verdict = refusal(place.changed(example))
    broken = [message for _, message in rules_of(schema()) if message in (verdict or "")]
    assert verdict is None or broken, verdict


def test_only_the_status_has_defaults() -> None:
    """A default that is stored would shut the platform's defaults out."""
    assert [at for at, part in ALL if "default" in part] == [
        "status",
        "status.observedGeneration",
        "status.conditions",
    ]


class Endless(Block):
    """A block inside itself."""

    inner: Endless | None = None


class Ambiguous(Block):
    """A field of two types."""

    field: Annotated[int | str, Field(description="x")]


class Fixed(Block):
    """A list whose items differ by position."""

    field: tuple[int, str]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (Endless, "Endless.inner: must not have Endless inside Endless"),
        (Ambiguous, "Ambiguous.field: must have one type, not 2"),
        (Fixed, "Fixed.field: a structural schema has no `prefixItems`"),
    ],
)
def test_what_a_schema_cannot_say_is_refused(block: type[Block], words: str) -> None:
    """A model must not promise what the server does not know of."""
    with pytest.raises(Unfaithful, match=re.escape(words)):
        structural(block)


def test_lists_become_tuples_and_nothing_else_does() -> None:
    """A string is no list of its letters."""
    word = Annotated[str, text("a word", longest=5)]
    words: TypeAdapter[Any] = TypeAdapter(Annotated[tuple[word, ...], Items(2)])
    assert words.validate_python(["a", "b"]) == ("a", "b")
    with pytest.raises(ValueError, match="tuple"):
        words.validate_python("ab")
