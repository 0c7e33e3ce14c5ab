"""Which route stands before which: what is more particular comes first, whoever it belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microservice_operator.model.exposure import WHOLE_PATH
from microservice_operator.routing.claims import Rule
from microservice_operator.routing.values import asked, particular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from microservice_operator.model.app import Manifest

CLASSES = {"exact": 0, "prefix": 1, "regex": 2, "any": 3}
A_WORD = (3, 0)
"""A method or a scheme is as particular as a header of which the whole value is asked."""


def rules(entries: Iterable[Manifest]) -> tuple[Rule, ...]:
    """What is to be known of the entries of one route, whoever has written them.

    They stay together, where the least particular of them stands: first it is decided which route
    a request takes, then which version serves it.
    """
    known = [(entry, [*_folded(entry.get("match") or [{}])]) for entry in entries]
    places = [max(_rank(path, match) for path, match in folded) for _, folded in known]
    rank = max(places, default=())
    main = [folded for place, (_, folded) in zip(places, known, strict=True) if place == rank]
    matches = frozenset(
        each for folded in main for path, match in folded for each in _spelled(path, match)
    )
    return tuple(
        Rule(entry.get("name", ""), rank, matches, entry, len(json.dumps(entry)))
        for entry, _ in known
    )


def _folded(matches: list[Manifest]) -> Iterator[tuple[tuple[str, str], Manifest]]:
    """Each match with its path; the two that are one prefix are one."""
    rest = [_told_apart(match) for match in matches]
    paths = [_path(match.get("uri", {})) for match in matches]
    known = [*zip(paths, rest, strict=True)]
    for (kind, path), match in known:
        if kind != "exact" or (("prefix", path), match) not in known:
            yield (kind, path), match


def _told_apart(match: Manifest) -> Manifest:
    """What tells one match from others of its path; that the path is a plain one does not."""
    headers = {k: v for k, v in match.get("headers", {}).items() if k != WHOLE_PATH}
    rest = {k: v for k, v in match.items() if k not in {"uri", "headers"}}
    return {**rest, "headers": headers} if headers else rest


def _path(uri: Manifest) -> tuple[str, str]:
    for kind, value in uri.items():
        path = value.removesuffix("/") if kind == "prefix" else value
        return (kind, path) if path else ("any", "")
    return "any", ""


def _rank(path: tuple[str, str], match: Manifest) -> tuple[int, ...]:
    """The class and length of the path, how many conditions there are, and how strong they are."""
    kind, value = path
    conditions = [
        *(A_WORD for word in ("method", "scheme") if word in match),
        *(one for name, v in match.get("headers", {}).items() for one in particular(name, v)),
        *((0, 0) for _ in match.get("withoutHeaders", {})),
        *(one for v in match.get("queryParams", {}).values() for one in particular("", v)),
    ]
    return (
        CLASSES[kind],
        -len(value) if kind == "prefix" else 0,
        -len(conditions),
        -sum(strength for strength, _ in conditions),
        -sum(length for _, length in conditions),
    )


def _spelled(path: tuple[str, str], match: Manifest) -> Iterator[str]:
    """One spelling for each of its methods: who shares one of them asks for the same requests."""
    said = {
        where: {name: asked(value) for name, value in match[where].items()}
        for where in ("headers", "withoutHeaders", "queryParams")
        if where in match
    }
    _, methods = asked(match.get("method", {}))
    for method in methods.split("|"):
        yield json.dumps([path, method, match.get("scheme"), said], sort_keys=True)
