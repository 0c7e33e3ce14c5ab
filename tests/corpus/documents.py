"""The documents of the corpus that were written by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
Document = dict[str, Any]

CONTAINER = {"name": "container", "image": "registry.example/container:1"}
"""What stands around a part of `init[]` or `sidecars[]`."""


@dataclass(frozen=True)
class RuleCases:
    """What one rule of the schema accepts and refuses."""

    at: str
    says: str
    accepted: tuple[Document, ...]
    refused: tuple[Document, ...]


def document(spec: Document, name: str = "orders") -> Document:
    """Return a Microservice with this spec."""
    return {
        "apiVersion": "microservices.dev/v1alpha1",
        "kind": "Microservice",
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def full() -> list[Document]:
    """Return the accepted documents that together name every field."""
    return [document(spec) for spec in yaml.safe_load((HERE / "full.yaml").read_text())]


def rules() -> list[RuleCases]:
    """Return the cases of every rule."""
    written = yaml.safe_load((HERE / "rules.yaml").read_text())
    return [_cases(case, word) for case in written for word in case.get("each", [""])]


def crons() -> list[tuple[Document, bool]]:
    """Return a document for each cron expression, and whether it is accepted."""
    written = yaml.safe_load((HERE / "crons.yaml").read_text())
    return [
        (_document({"scaling": {"max": 2, "schedules": [schedule | {field: expression}]}}), good)
        for good, key in ((True, "accepted"), (False, "refused"))
        for expression in written[key]
        for field, schedule in (
            ("start", {"name": "a", "duration": "1h", "min": 1}),
            ("end", {"name": "a", "start": "0 9 * * *", "min": 1}),
        )
    ]


def _cases(case: dict[str, Any], word: str) -> RuleCases:
    read = json.loads(json.dumps(case).replace("EACH", word).replace("LONG", "a" * 254))
    return RuleCases(
        at=read["at"],
        says=read["says"],
        accepted=tuple(_document(partial) for partial in read["accepted"]),
        refused=tuple(_document(partial) for partial in read["refused"]),
    )


def _document(partial: Document) -> Document:
    """Lay a partial spec, or a name, over the smallest document."""
    whole = document({"image": "registry.example/orders:1.4.2"})
    if "metadata" in partial:
        return {**whole, "metadata": {**whole["metadata"], **partial["metadata"]}}
    for path, value in partial.items():
        *outer, last = path.split(".")
        place = whole["spec"]
        for name in outer:
            inside = name.removesuffix("[]")
            place = place.setdefault(inside, {} if inside == name else [dict(CONTAINER)])
            place = place if inside == name else place[0]
        place[last] = value
    return whole
