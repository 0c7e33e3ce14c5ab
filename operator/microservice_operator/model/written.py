"""Blocks of the spec that keep the Kubernetes shape pass through as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.api.schema import Block
    from microservice_operator.model.app import Manifest


def manifest(block: Block) -> Manifest:
    """What the user wrote in this block, under the names that the user writes."""
    written: Manifest = block.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return written


def manifests(blocks: Iterable[Block]) -> tuple[Manifest, ...]:
    """What the user wrote in each of these blocks."""
    return tuple(manifest(block) for block in blocks)
