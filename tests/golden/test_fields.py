"""The examples are complete: whatever a user may say is shown somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from microservice_operator.api.microservice import parse
from microservice_operator.api.schema import Block
from microservice_operator.api.spec import Spec
from tests import golden

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What an example may bring along so that it is complete.
SUPPORT = {"ConfigMap", "PersistentVolumeClaim", "PriorityClass", "Secret", "ServiceAccount"}
EVERY_FILE = [*golden.examples(), *golden.NOT_MICROSERVICES, *golden.FOR_OTHERS]
Field = tuple[str, str]


def possible(block: type[Block]) -> Iterator[Field]:
    """Every field of a block and of the blocks inside it."""
    for name, field in block.model_fields.items():
        yield block.__name__, name
        for inner in _types(field.annotation):
            if isinstance(inner, type) and issubclass(inner, Block):
                yield from possible(inner)


def _types(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def said(value: object) -> Iterator[Field]:
    """Every field that somebody has written."""
    if isinstance(value, tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from said(item)
    elif isinstance(value, Block):
        for name in value.model_fields_set:
            yield type(value).__name__, name
            yield from said(getattr(value, name))


def test_every_field_of_the_spec_is_in_an_example() -> None:
    """Examples are what users read first, and what they copy."""
    shown = {
        field
        for example in golden.examples()
        for microservice in golden.microservices(example)
        for field in said(parse(microservice).spec)
    }

    missing = sorted(f"{block}.{name}" for block, name in {*possible(Spec)} - shown)
    assert not missing, f"show in a file under examples/: {', '.join(missing)}"


@pytest.mark.parametrize("example", golden.examples(), ids=str)
def test_an_example_has_microservices_and_what_they_need(example: Path) -> None:
    """A typing error in `kind` would leave a document unread."""
    kinds = {document["kind"] for document in golden.documents(example)}

    assert "Microservice" in kinds
    assert kinds <= {"Microservice", *SUPPORT}


@pytest.mark.parametrize("example", EVERY_FILE, ids=str)
def test_an_example_begins_with_what_it_shows(example: Path) -> None:
    """Two to four lines of comment."""
    lines = (golden.EXAMPLES / example).read_text().splitlines()
    comment = next(number for number, line in enumerate(lines) if not line.startswith("#"))

    assert 2 <= comment <= 4
