"""The API reference: the schema as a page for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microservice_operator.api.structural import Schema

_INTRODUCTION = """\
# API reference: `Microservice`

`apiVersion: microservices.dev/v1alpha1`, `kind: Microservice`. Only `spec.image` is required.

This page and [microservices.yaml](microservices.yaml) are made from the models in
`operator/microservice_operator/api` by `make crds`; change those.
The same text is in the cluster: `kubectl explain microservice.spec.ports`.
"""


def reference(schema: Schema) -> str:
    """Return the page: a section for each kind of object, a row for each field."""
    sections: dict[str, tuple[list[str], Schema]] = {}
    for part in ("spec", "status"):
        for path, block in _blocks(schema["properties"][part], part):
            likeness = json.dumps([block["properties"], block.get("x-kubernetes-validations")])
            sections.setdefault(likeness, ([], block))[0].append(path)
    parts = [_section(paths, block) for paths, block in sections.values()]
    return "\n".join([_INTRODUCTION, *_rules(schema), *parts]).rstrip() + "\n"


def _blocks(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Yield every object that has fields, and where it stands, from the top down."""
    if "items" in schema:
        yield from _blocks(schema["items"], f"{path}[]")
    if "properties" in schema:
        yield path, schema
        for name, part in schema["properties"].items():
            yield from _blocks(part, f"{path}.{name}")


def _section(paths: list[str], block: Schema) -> str:
    title = ", ".join(f"`{path}`" for path in paths)
    rows = [
        f"| `{name}` | {_type(part)}{_required(name, block)} | {_cell(part['description'])} |"
        for name, part in block["properties"].items()
    ]
    table = ["| field | type | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join([f"## {title}", "", *table, *_rules(block)])


def _rules(block: Schema) -> list[str]:
    rules = [
        f"- `{rule['fieldPath'].removeprefix('.')}`: {rule['message']}."
        for rule in block.get("x-kubernetes-validations", ())
    ]
    return [*rules, ""] if rules else []


def _type(schema: Schema) -> str:
    """Return the type in a few words."""
    if "x-kubernetes-int-or-string" in schema:
        return "integer or string"
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if "items" in schema:
        keys = schema.get("x-kubernetes-list-map-keys")
        return f"list of {_type(schema['items'])}" + (f" by `{keys[0]}`" if keys else "")
    if "additionalProperties" in schema:
        return f"map to {_type(schema['additionalProperties'])}"
    return str(schema["type"])


def _required(name: str, block: Schema) -> str:
    return ", required" if name in block.get("required", ()) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
