"""Entries as they stand in a VirtualService: whose they are, and of which route."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.model.app import Manifest


def owner(entry: Manifest) -> str:
    """The Microservice that an entry is of, empty for nobody; no name of one has a dot."""
    name: str = entry.get("name", "")
    return name.partition(".")[0]


def by_route(entries: Iterable[Manifest]) -> dict[str, list[Manifest]]:
    """The entries of each route, by its name."""
    found: dict[str, list[Manifest]] = {}
    for entry in entries:
        found.setdefault(entry.get("name", ""), []).append(entry)
    return found
