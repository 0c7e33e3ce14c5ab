"""Blocks of the spec that keep the Kubernetes shape pass through as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.api.schema import Block
    from microservice_operator.model.app import Manifest


def asked(said: Manifest, blocks: Iterable[str]) -> str:
    """Which of these blocks a user has written, and the verb for so many: ``a` and `b` need`."""
    found = [f"`{path}`" for path in blocks if _at(said, path) not in {None, "None"}]
    if not found:
        return ""
    *some, last = found
    return f"{', '.join(some)} and {last} need" if some else f"{last} needs"


def _at(said: Any, path: str) -> object:
    for name in path.split("."):
        said = said.get(name) if said else None
    return None if said is None else str(said)


def manifest(block: Block) -> Manifest:
    """What the user wrote in this block, under the names that the user writes."""
    written: Manifest = block.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return written


def manifests(blocks: Iterable[Block]) -> tuple[Manifest, ...]:
    """What the user wrote in each of these blocks."""
    return tuple(manifest(block) for block in blocks)
