"""Manifests without what is empty."""

from __future__ import annotations

from typing import Any


def present(**fields: object) -> dict[str, Any]:
    """The fields that hold something: what is empty is left to the server."""
    return {name: value for name, value in fields.items() if value}
