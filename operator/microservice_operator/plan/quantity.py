"""Quantities: the same amount has many spellings, and the server writes back its own."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

SPELLING = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))"
    r"(?:(?P<binary>[KMGTPE])i|(?P<decimal>[numkMGTPE])|[eE](?P<exponent>[+-]?\d{1,3}))?"
)
BINARY = {letter: 1024**power for power, letter in enumerate("KMGTPE", start=1)}
DECIMAL = dict(zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True))


@lru_cache(maxsize=4096)
def amount(spelling: str | float) -> Decimal | str:
    """What a quantity is worth in thousandths, rounded up as the server does.

    Something that is no quantity is worth itself: the server will refuse it, not we.
    """
    match = SPELLING.fullmatch(str(spelling))
    if match is None:
        return str(spelling)
    value: Decimal = Decimal(match["number"]) * BINARY.get(match["binary"], 1)
    exponent = int(match["exponent"] or DECIMAL.get(match["decimal"], 0))
    return value.scaleb(exponent + 3).to_integral_value(ROUND_CEILING)
