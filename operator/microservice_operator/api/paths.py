"""Paths as policies of a mesh compare them: whole, or by their beginning."""

from __future__ import annotations

from typing import Annotated

from microservice_operator.api.bounds import text

_LETTER = "A-Za-z0-9_~!$&()+,=:@-"
_SEGMENT = f"[.]{{0,2}}[{_LETTER}][.{_LETTER}]*"

CallPath = Annotated[
    str,
    text(
        "a path that begins with '/' and may end in '/*', with nothing encoded in it and no "
        "segments '.', '..' or empty, at most 256 characters",
        longest=256,
        pattern=f"^/({_SEGMENT}/)*({_SEGMENT}|[*])?$",
    ),
]
