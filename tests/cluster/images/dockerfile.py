"""Reading a Dockerfile: its stages, and how the image of the last one runs.

Reads what this project's Dockerfile needs and refuses the rest: half understood, the local image
would quietly differ from the one that is shipped.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

VARIABLE = re.compile(r"\$\{(\w+)(?::\+([^{}]*(?:\$\{\w+\}[^{}]*)*))?\}")


class NotUnderstood(Exception):
    """An instruction or a form of one that is not known here."""


@dataclass
class Stage:
    """One image on the way: what it stands on, what was done, and how it runs."""

    base: str
    name: str = ""
    instructions: list[tuple[str, str]] = field(default_factory=list)
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


def instructions(text: str) -> list[tuple[str, str]]:
    """Every instruction with its arguments on one line, in order."""
    bare = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", bare).splitlines()
    pairs = (line.partition(" ") for line in lines if line)
    return [(name, rest.strip()) for name, _, rest in pairs]


def stages(text: str, path: str) -> list[Stage]:
    """All stages; the last is the image.

    Args:
        text: the Dockerfile.
        path: the PATH that the base image sets.

    Raises:
        NotUnderstood: naming the instruction.
    """
    outer: dict[str, str] = {}  # arguments before the first stage, which each stage must ask for
    found: list[Stage] = []
    known = outer
    for name, rest in instructions(text):
        if name == "FROM":
            base, _, alias = _filled(rest, outer).partition(" AS ")
            found.append(Stage(base, alias))
            known = {"PATH": path}
        elif name == "ARG":
            key, given, default = rest.partition("=")
            known[key] = _filled(default, known) if given else outer[key]
        elif found:
            _take(found[-1], name, rest, known)
        else:
            raise NotUnderstood(f"{name} before the first FROM")
    return found


def _take(stage: Stage, name: str, rest: str, known: dict[str, str]) -> None:
    stage.instructions.append((name, rest))
    match name:
        case "ENV":
            given = _pairs(rest, known)
            known.update(given)
            stage.environment.update(given)
        case "LABEL":
            stage.labels.update(_pairs(rest, known))
        case "USER":
            stage.user = _filled(rest, known)
        case "EXPOSE":
            stage.ports += tuple(_port(port) for port in _filled(rest, known).split())
        case "ENTRYPOINT":
            stage.entrypoint = _words(name, rest)
            stage.command = ()
        case "CMD":
            stage.command = _words(name, rest)
        case "RUN" | "COPY" | "WORKDIR":
            pass  # they change files only: how to make those is the business of who builds
        case _:
            raise NotUnderstood(f"{name} {rest}")


def _pairs(rest: str, known: dict[str, str]) -> dict[str, str]:
    """`NAME=value …`; the values know nothing of each other."""
    pairs = [word.partition("=") for word in shlex.split(rest)]
    if not all(equals for _, equals, _ in pairs):
        raise NotUnderstood(f"not of the form NAME=value: {rest}")
    return {name: _filled(value, known) for name, _, value in pairs}


def _filled(text: str, known: dict[str, str]) -> str:
    """The text with `${NAME}` and `${NAME:+text}` replaced."""

    def value(match: re.Match[str]) -> str:
        name, if_set = match.groups()
        if if_set is None:
            return known[name]
        return _filled(if_set, known) if known[name] else ""

    filled = VARIABLE.sub(value, text)
    if "$" in filled:
        raise NotUnderstood(f"variables of another form: {text}")
    return filled


def _words(name: str, rest: str) -> tuple[str, ...]:
    """The exec form; a shell would stand between the program and its signals."""
    if not rest.startswith("["):
        raise NotUnderstood(f"{name} with a shell: {rest}")
    words: list[Any] = json.loads(rest)
    return tuple(words)


def _port(text: str) -> str:
    return text if "/" in text else f"{text}/tcp"
