"""What people want to know of a microservice: whose it is, and where to read on."""

from __future__ import annotations

from typing import Annotated

from microservice_operator.api.bounds import text
from microservice_operator.api.schema import Block

Team = Annotated[
    str,
    text(
        "the name of a team: letters, digits, '-', '_' and '.' with a letter or digit at both "
        "ends, at most 63 characters",
        longest=63,
        pattern="^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    ),
]
Description = Annotated[str, text("a string of 1 to 1024 characters", longest=1024)]
Url = Annotated[
    str,
    text(
        "a URL that begins with 'http://' or 'https://', at most 1024 characters",
        longest=1024,
        pattern="^https?://[!-~]+$",
    ),
]
UrlOrPath = Annotated[
    str,
    text(
        "a URL that begins with 'http://' or 'https://', or a path of the service that begins "
        "with '/', at most 1024 characters",
        longest=1024,
        pattern="^(https?:/)?/[!-~]*$",
    ),
]


class About(Block):
    """What people want to know; it never touches the pods."""

    team: Team | None = None
    """Who answers for it: a label, and a field to select by. Example: `checkout`."""
    description: Description | None = None
    """What it is for, in a sentence. Example: `Takes orders and keeps them.`."""
    docs: Url | None = None
    """Where it is described. Example: `https://docs.example/orders`."""
    openapi: UrlOrPath | None = None
    """Where its API is described, as a URL or a path of its own. Example: `/openapi.json`."""
