"""Regular expressions, as the server, the operator and the proxies read them alike: RE2."""

from __future__ import annotations

from typing import Annotated

import re2
from pydantic_core import core_schema

from microservice_operator.api.bounds import Scalar

LONGEST = 256
MEMORY = 2**19
"""So much may become of an expression; the proxies of a mesh refuse more than thrice of it."""

ALLOWED = f"a regular expression (RE2) for the whole value, at most {LONGEST} characters"


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    return options


def _readable(text: str) -> str:
    """Refuse what RE2 cannot read.

    Raises:
        ValueError: pydantic makes words of it.
    """
    try:
        re2.compile(text, _options())
    except re2.error as error:
        raise ValueError from error
    return text


Regex = Annotated[
    str,
    Scalar(
        ALLOWED,
        core_schema.no_info_after_validator_function(
            _readable, core_schema.str_schema(strict=True, min_length=1, max_length=LONGEST)
        ),
        {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "x-kubernetes-validations": [
                {
                    # A match that says yes or no: an expression that cannot be read says neither.
                    "rule": "''.matches(self) || !''.matches(self)",
                    "message": f"must be {ALLOWED}",
                    "reason": "FieldValueInvalid",
                }
            ],
        },
    ),
]
