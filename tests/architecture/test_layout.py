"""Where things live, how they are called, and how big they may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import CHECKED, OPERATOR, ROOT, Source, sources

LONGEST_FILE, LONGEST_FUNCTION = 300, 40
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def test_the_source_root_is_no_package() -> None:
    """It would hide the standard library's `operator`, and no Python would start any more."""
    assert not (OPERATOR / "__init__.py").exists(), "remove operator/__init__.py"


def test_names_say_what_is_inside() -> None:
    """A folder called utils is where things go that nobody can find again."""
    folders = {part for source in sources() for part in source.file.relative_to(ROOT).parts[:-1]}
    files = {source.file.stem for source in sources()}

    assert not (folders | files) & SAYS_NOTHING


@pytest.mark.parametrize("source", sources(), ids=str)
def test_a_file_fits_in_a_head(source: Source) -> None:
    """One that does not holds more than one thing."""
    length = len(source.text.splitlines())

    assert length <= LONGEST_FILE, f"{source} has {length} lines, allowed are {LONGEST_FILE}: split"


@pytest.mark.parametrize("source", sources(), ids=str)
def test_a_function_fits_on_a_screen(source: Source) -> None:
    """One that does not has steps that deserve names."""
    long = {name: lines for name, lines in source.functions() if lines > LONGEST_FUNCTION}

    assert not long, f"{source}: {long} lines, allowed are {LONGEST_FUNCTION}"


@pytest.mark.parametrize(
    "source", [source for source in sources() if OPERATOR in source.file.parents], ids=str
)
def test_a_module_says_what_lives_in_it(source: Source) -> None:
    """One sentence at its top; a reader should not have to guess."""
    assert ast.get_docstring(source.tree), f"{source} needs a docstring of one sentence"


def test_imports_follow_the_contracts() -> None:
    """Who may import whom stands in pyproject.toml, under `tool.importlinter`."""
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sources_are_found() -> None:
    """Every check above would hold for an empty list."""
    for folder in CHECKED:
        assert any(ROOT / folder in source.file.parents for source in sources())
