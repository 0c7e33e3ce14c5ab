"""What is wrong with a document, in words: where, what, and what is allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from microservice_operator.api.schema import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

SHOWN = 5
"""How many problems one message lists."""

_LONG = 40
_LARGE = 10**20

_ALLOWED = {
    "missing": "must be given",
    "extra_forbidden": "must be absent: there is no such field",
    "invalid_key": "must have strings as keys",
    "string_type": "must have strings as keys",
    "string_unicode": "must have Unicode strings as keys",
    "literal_error": "must be {expected}",
    "tuple_type": "must be a list",
    "too_long": "must have at most {max_length} items",
    "too_short": "must have at least {min_length} items",
    "model_type": "must be an object",
    "dict_type": "must be a map",
    "bool_type": "must be true or false",
}


def explain(error: ValidationError) -> str:
    """Return the first few problems as one line."""
    problems = list(dict.fromkeys(_problems(error)))
    rest = len(problems) - SHOWN
    more = [f"and {rest} more"] if rest > 0 else []
    return "; ".join(problems[:SHOWN] + more)


def _problems(error: ValidationError) -> Iterator[str]:
    for details in error.errors(include_url=False):
        where = _path(details["loc"])
        broken = details.get("ctx", {}).get("error")
        if isinstance(broken, Broken):
            for rule in broken.rules:
                yield f"{(where + rule.field_path).removeprefix('.')}: {rule.message}"
        else:
            yield f"{where or 'document'}: {_allowed(details)}"


def _allowed(details: ErrorDetails) -> str:
    """Say what is allowed and, when that helps, what is there instead."""
    kind, given = details["type"], details["input"]
    known = _ALLOWED.get(kind)
    words = known.format_map(details.get("ctx", {})) if known else details["msg"]
    told = kind in {"not_allowed", "literal_error"} or kind.endswith("_type")
    return f"{words}, not {_shown(given)}" if told else words


def _shown(value: object) -> str:
    """Return a scalar as users write it, cut short, and a word for anything else."""
    match value:
        case None | bool():
            return json.dumps(value)
        case int() if abs(value) < _LARGE:
            return str(value)
        case str():
            return repr(value if len(value) <= _LONG else f"{value[:_LONG]}...")
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case _:
            return "that"


def _path(location: tuple[int | str, ...]) -> str:
    """Return a location as users write it: `spec.ports[1].port`."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif re.fullmatch("[A-Za-z][A-Za-z0-9]*", step):
            path += f".{step}" if path else step
        elif step != "[key]":
            path += f"[{json.dumps(step)}]"
    return path
