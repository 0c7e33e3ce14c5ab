"""The single values that several blocks use: names, ports, quantities and durations."""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil
from typing import Annotated

from microservice_operator.api.bounds import either, text, whole

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
DURATION = "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
QUALIFIED = rf"({SUBDOMAIN}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?"

ObjectName = Annotated[
    str,
    text(
        "the name of an object: lower-case letters, digits, '-' and '.', at most 253 characters",
        longest=253,
        pattern=f"^{SUBDOMAIN}$",
    ),
]
ShortName = Annotated[
    str,
    text(
        "a name: lower-case letters, digits and '-' with a letter or digit at both ends, "
        "at most 40 characters",
        longest=40,
        pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ),
]
DataKey = Annotated[
    str,
    text(
        "a key of the data: letters, digits, '-', '_' and '.', at most 253 characters",
        longest=253,
        pattern="^[-._a-zA-Z0-9]+$",
    ),
]
LabelValue = Annotated[
    str,
    text(
        "a label value: letters, digits, '-', '_' and '.' with a letter or digit at both ends, "
        "at most 63 characters",
        longest=63,
        shortest=0,
        pattern="^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
    ),
]
Image = Annotated[
    str,
    text(
        "an image reference: printable ASCII without spaces, at most 512 characters",
        longest=512,
        pattern="^[!-~]+$",
    ),
]
Argument = Annotated[str, text("a string of at most 8192 characters", longest=8192, shortest=0)]

_PORT_NAME = text(
    "a port name: lower-case letters, digits and single '-' between them, at least one letter, "
    "at most 15 characters",
    longest=15,
    pattern="^([a-z0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$",
)
_PORT_NUMBER = whole(1, 65535)
PortName = Annotated[str, _PORT_NAME]
PortNumber = Annotated[int, _PORT_NUMBER]
PortReference = Annotated[
    int | str, either("a number from 1 to 65535 or a port's name", _PORT_NUMBER, _PORT_NAME)
]

Quantity = Annotated[
    int | str,
    either(
        "a quantity that is not negative, such as 2, '100m' or '128Mi'",
        whole(0, 10**15),
        text(
            "a quantity",
            longest=22,
            pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?([numkMGTPE]|[KMGTPE]i|[eE][0-9]{1,2})?$",
        ),
    ),
]
Duration = Annotated[
    str,
    text(
        "a duration of whole numbers with the units h, m, s and ms, such as '300ms' or '1m30s'",
        longest=24,
        pattern=DURATION,
    ),
]

_SCALES = {
    "": Fraction(1),
    **{suffix: Fraction(1000) ** power for power, suffix in enumerate("num", start=-3)},
    **{suffix: Fraction(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


def amount(quantity: int | str) -> Fraction:
    """Return what a quantity stands for, rounded up to nanos and capped where Kubernetes does so.

    Kubernetes caps any binary quantity, but decimal ones only beyond 18 digits, which no
    quantity of a spec has.
    """
    number, exponent, suffix = re.findall(r"^([0-9.]+)(?:[eE]([0-9]+))?(.*)$", str(quantity))[0]
    exact = Fraction(number) * 10 ** int(exponent or 0) * _SCALES[suffix]
    rounded = Fraction(ceil(exact * 10**9), 10**9)
    return min(rounded, Fraction(2**63 - 1)) if suffix.endswith("i") else rounded


def milliseconds(duration: str) -> int:
    """Return the length of a duration."""
    parts = re.findall("([0-9]+)(h|ms|m|s)", duration)
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in parts)
