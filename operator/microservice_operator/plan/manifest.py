"""Manifests, what stands where in them, and how they are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec
from typing_extensions import override

Json = Any
Manifest = Mapping[str, Any]


class Absent(Enum):
    """The value of a field that is not there; `None` is a value of JSON."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class Key(NamedTuple):
    """Which child of one namespace."""

    kind: str
    name: str

    @classmethod
    def of(cls, manifest: Manifest) -> Key:
        """The key under which this manifest is known."""
        return cls(manifest["kind"], manifest["metadata"]["name"])

    @override
    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Item:
    """An item of an associative list, called by its keys and not by its place."""

    keys: tuple[tuple[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that tell it from the others."""
        return tuple(name for name, _ in self.keys)

    def readable(self) -> str:
        """The values of its keys, which is what people call it."""
        return "/".join(str(value) for _, value in self.keys)


Path = tuple[str | Item, ...]


def readable(path: Path) -> str:
    """A path as people write it: `spec.template.spec.containers[app].image`."""
    text = "".join(f".{step}" if isinstance(step, str) else f"[{step.readable()}]" for step in path)
    return text.removeprefix(".")


def digest(manifest: Manifest) -> str:
    """Equal for manifests of equal content, whatever the order of their fields."""
    canonical = msgspec.json.encode(manifest, order="sorted")
    return blake2b(canonical, digest_size=16).hexdigest()
