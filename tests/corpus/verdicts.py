"""What the models say about a document, in the terms in which the server says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from microservice_operator.api.microservice import parse
from microservice_operator.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.corpus.documents import Document

# The models write a key as a field, the server as a position.
MAPS_OF_BLOCKS = re.compile(r"(\.environments)\.([-a-z0-9]+)")


def refusal(document: Document) -> str | None:
    """Return why the models refuse a document, with `[]` for positions; None if they accept."""
    try:
        parse(document)
    except Invalid as error:
        return without_positions(str(error))
    return None


def shape(part: dict[str, Any]) -> tuple[str, str]:
    """Return the pattern of a single value and what a refusal says; both empty if it has none."""
    for rule in part.get("x-kubernetes-validations", ()):
        return rule["rule"].partition('self.matches(r"')[2].removesuffix('")'), rule["message"]
    return "", ""


def without_positions(text: str) -> str:
    """Return `spec.ports[].port` for `spec.ports[1].port`; a key of a map is a position, too."""
    indexed = MAPS_OF_BLOCKS.sub(r"\1[\2]", text)
    return re.sub(r"\[[-a-z0-9]+\]", "[]", indexed)


def rules_of(part: dict[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Yield every rule between fields of a schema: the field it points at and its message."""
    for rule in part.get("x-kubernetes-validations", ()):
        if "fieldPath" in rule:
            yield f"{at}{rule['fieldPath']}".removeprefix("."), rule["message"]
    for name, inner in part.get("properties", {}).items():
        yield from rules_of(inner, f"{at}.{name}".removeprefix("."))
    if "items" in part:
        yield from rules_of(part["items"], f"{at}[]")
    if "additionalProperties" in part:
        yield from rules_of(part["additionalProperties"], f"{at}[]")
