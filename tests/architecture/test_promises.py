"""What must be said in two places is said in both."""

from __future__ import annotations

import ast
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from microservice_operator import errors
from microservice_operator.api.crd import files as crd_files
from microservice_operator.api.status import WAITING
from microservice_operator.model.labels import MANAGER
from microservice_operator.plan import FIELD_MANAGER
from microservice_operator.plan.planning import WAVES
from microservice_operator.resources import CHILDREN
from microservice_operator.status.reasons import Reason
from microservice_operator.status.reference import PAGE as REASONS
from tests.architecture.sources import PACKAGE, ROOT, Source, modules, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

README = ROOT / "operator" / "README.md"
CRDS = ROOT / "crds"


def subclasses(of: type[Exception]) -> Iterator[type[Exception]]:
    """Every class below this one."""
    for below in of.__subclasses__():
        yield below
        yield from subclasses(below)


@pytest.mark.parametrize("name", sorted(modules("resources")))
def test_every_builder_is_registered(name: str) -> None:
    """What nobody calls is never built."""
    module = import_module(f"microservice_operator.resources.{name}")

    assert module.build in CHILDREN.values(), f"add resources/{name}.py to CHILDREN in resources/"


@pytest.mark.parametrize("kind", [kind.name for kind in CHILDREN])
def test_every_child_has_its_wave(kind: str) -> None:
    """Or nobody knows before and after what it is written."""
    assert kind in WAVES, f"add {kind} to WAVES in plan/planning.py"


def test_the_manager_that_a_plan_looks_for_is_the_one_that_writes() -> None:
    """Else every field of ours would look like somebody else's."""
    assert FIELD_MANAGER == MANAGER


def table() -> dict[str, tuple[str, str]]:
    """The table of children in the operator's README: kind, file, present when."""
    row = re.compile(r"\| *`?(\w+)`? *\| *[\[`]*(?:resources/)?(\w+\.py).*?\| *(.+?) *\|")
    return {kind: (file, when) for kind, file, when in row.findall(README.read_text())}


def test_every_child_stands_in_the_readme() -> None:
    """Whoever wonders where an object comes from looks there first."""
    assert README.exists(), "operator/README.md needs the table: kind | file | present when"
    files = {
        kind.name: Path(sys.modules[build.__module__].__file__ or "").name
        for kind, build in CHILDREN.items()
    }

    told = {kind: file for kind, (file, _) in table().items()}

    assert told == files, "the table of children in operator/README.md is not that of CHILDREN"


def test_every_error_of_a_user_is_a_reason() -> None:
    """Its class name is what the condition shows and the reference explains."""
    names = {error.__name__ for error in subclasses(errors.UserError)}

    assert names, "UserError has no subclasses"
    assert names <= set(Reason), f"add to status/reasons.py: {names - set(Reason)}"


def test_the_reason_before_any_pass_is_a_reason() -> None:
    """The schema's default says it, and the reference must explain it as well."""
    assert WAITING.reason == Reason.WAITING


def test_reasons_are_named_by_the_enum_alone() -> None:
    """A reason spelled out elsewhere would miss in the reference when it changes."""
    # the words that are names of conditions as well, and stand for those
    words = {str(reason) for reason in Reason} - {"Ready", "Applied", "Available"}
    spelled = {
        f"{source}: {node.value}"
        for source in sources()
        if source.file.parent in {PACKAGE / "status", PACKAGE / "engine"}
        if source.file.name != "reasons.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and node.value in words
    }

    assert not spelled, f"write `Reason.…` instead: {spelled}"


@pytest.mark.parametrize("name", crd_files())
def test_the_crds_are_what_the_models_say(name: str) -> None:
    """Users install the file, not the models."""
    assert (CRDS / name).read_text() == crd_files()[name], "run `make crds` and commit crds/"


def test_no_file_of_the_crds_is_left_over() -> None:
    """An old definition would still be installed."""
    assert {file.name for file in CRDS.iterdir()} == {*crd_files(), REASONS.name}


def test_the_readme_of_the_examples_lists_every_folder() -> None:
    """An example that nobody finds helps nobody."""
    folder = ROOT / "examples"
    listed = set(re.findall(r"^\| \[(\w+)\]", (folder / "README.md").read_text(), re.MULTILINE))

    assert listed == {each.name for each in folder.iterdir() if each.is_dir()}


def test_a_docstring_states_what_each_test_holds() -> None:
    """The name says what, the sentence why."""
    silent = [f"{source}: {name}" for source in sources() for name in _silent_tests(source)]

    assert not silent


def _silent_tests(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                if not ast.get_docstring(node):
                    yield name
