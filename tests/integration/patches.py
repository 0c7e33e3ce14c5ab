"""JSON patches of one operation."""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]


def replace(path: str, value: object) -> list[Manifest]:
    """The JSON patch that sets one value."""
    return [{"op": "replace", "path": path, "value": value}]


def remove(path: str) -> list[Manifest]:
    """The JSON patch that removes one value."""
    return [{"op": "remove", "path": path}]


def add(path: str, value: object) -> list[Manifest]:
    """The JSON patch that adds one value."""
    return [{"op": "add", "path": path, "value": value}]


def escaped(step: object) -> str:
    """A step of a JSON pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")
