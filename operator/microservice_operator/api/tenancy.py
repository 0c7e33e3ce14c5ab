"""What the platform's administrator lets Microservices refer to."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from microservice_operator.api.bounds import Items
from microservice_operator.api.placement import Toleration
from microservice_operator.api.schema import Block

Names = tuple[str, ...] | None
"""Patterns, each `name` or `namespace/name` with `*` for anything; None is any name."""

_PATTERN = r"([-a-z0-9*]{1,63}/)?[-a-z0-9.*]{1,253}"
_MOST = 1000


def _names(**words: Names) -> PlainValidator:
    """Take one of these words, or a list of patterns."""

    def read(given: object) -> Names:
        if isinstance(given, str) and given in words:
            return words[given]
        if isinstance(given, list) and len(given) <= _MOST and all(map(_is_pattern, given)):
            return tuple(given)
        raise PydanticCustomError(
            "not_allowed",
            "must be {words} or a list of names, each 'name' or 'namespace/name', "
            "with '*' for anything",
            {"words": ", ".join(words)},
        )

    return PlainValidator(read)


def _is_pattern(given: object) -> bool:
    return isinstance(given, str) and re.fullmatch(_PATTERN, given) is not None


class Tenancy(Block):
    """What a Microservice may refer to beside what is its own."""

    service_accounts: Annotated[Names, _names(Own=(), Any=None)] = ()
    """Which accounts `serviceAccountName` may name; absent means Own: none. Example: `[runner]`."""
    secrets: Annotated[Names, _names(Any=None)] = None
    """Which Secrets it may use, in whatever way; absent means Any. Example: `[shop/orders-*]`."""
    tolerations: Annotated[
        Annotated[tuple[Toleration, ...], Items(_MOST)] | None,
        BeforeValidator(lambda given: None if given == "Any" else given),
    ] = None
    """Which taints its pods may bear; absent means Any. Example: `[{key: spot, value: yes}]`."""
    priority_classes: Annotated[Names, _names(Any=None)] = None
    """Which PriorityClasses it may have; absent means Any. Example: `[business-critical]`."""
