"""The lock, and what of it is shipped."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from tests.cluster.paths import ROOT

PROJECT = "microservice-operator"


@cache
def locked() -> dict[str, dict[str, Any]]:
    """Every package of the lock."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {package["name"]: package for package in packages}


def shipped() -> set[str]:
    """Everything that the program needs, and what that needs; on any platform."""
    found: set[str] = set()
    waiting = [dependency["name"] for dependency in locked()[PROJECT]["dependencies"]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each["name"] for each in locked()[name].get("dependencies", ())]
    return found
