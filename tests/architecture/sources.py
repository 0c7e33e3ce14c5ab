"""The project's own files, read as text and as syntax trees."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
OPERATOR = ROOT / "operator"
PACKAGE = OPERATOR / "microservice_operator"
CHECKED = ("operator", "tests")


@dataclass(frozen=True)
class Source:
    """A Python file of this project."""

    file: Path

    @override
    def __str__(self) -> str:
        """Where it stands in the repository."""
        return str(self.file.relative_to(ROOT))

    @property
    def text(self) -> str:
        """What it says."""
        return self.file.read_text()

    @property
    def tree(self) -> ast.Module:
        """How it is built."""
        return ast.parse(self.text)

    def functions(self) -> Iterator[tuple[str, int]]:
        """Every function with its number of lines, those of the docstring left out."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, _lines(node)


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the operator and of its tests."""
    found = (file for folder in CHECKED for file in (ROOT / folder).rglob("*.py"))
    return tuple(Source(file) for file in sorted(found))


def modules(package: str) -> set[str]:
    """The names of the modules of one package of the operator."""
    return {file.stem for file in (PACKAGE / package).glob("*.py")} - {"__init__"}


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = function.body[0] if ast.get_docstring(function) else None
    told = _span(docstring) if docstring else 0
    return _span(function) - told


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
