"""How much of a microservice stays up while nodes come and go."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import either, text, whole
from microservice_operator.api.schema import Block, Choice

PodCount = Annotated[
    int | str,
    either(
        "a number of pods from 0 to 1000 or a percentage from '0%' to '100%'",
        whole(0, 1000),
        text("a percentage", longest=4, pattern="^(100|[1-9]?[0-9])%$"),
    ),
]


class Availability(Block):
    """How many pods may be missing, and how they are spread."""

    min_available: PodCount | None = None
    """How many pods must stay when nodes are emptied. Example: `50%`."""
    max_unavailable: PodCount | None = None
    """How many pods may be missing when nodes are emptied. Example: `1`."""
    spread: Literal["Preferred", "Required", "Off"] | None = None
    """Whether pods go to different hosts; absent means Preferred. Example: `Required`."""

    choices: ClassVar = (Choice(("min_available",), ("max_unavailable",)),)
