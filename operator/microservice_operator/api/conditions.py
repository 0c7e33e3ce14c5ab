"""The names and values of headers."""

from __future__ import annotations

from typing import Annotated

from microservice_operator.api.bounds import text

HeaderName = Annotated[
    str,
    text(
        "the name of a header in lower case: letters, digits, '-', '_' and '.', at most 64 "
        "characters",
        longest=64,
        pattern="^[-_.a-z0-9]+$",
    ),
]
Value = Annotated[
    str, text("printable ASCII, at most 256 characters", longest=256, pattern="^[ -~]+$")
]
