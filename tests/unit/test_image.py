"""The image, as far as it can be judged without building it."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.cluster.images import dockerfile
from tests.cluster.images.operator import DOCKERFILE
from tests.cluster.images.python import HOME
from tests.cluster.paths import ROOT
from tests.lock import locked, shipped

PLATFORMS = ("x86_64", "aarch64")
INSTRUCTIONS = dockerfile.instructions(DOCKERFILE.read_text())
BUILD, FINAL = dockerfile.stages(DOCKERFILE.read_text(), "/usr/bin")


def arguments() -> dict[str, str]:
    """The build arguments with their defaults."""
    given = (rest.partition("=") for name, rest in INSTRUCTIONS if name == "ARG" and "=" in rest)
    return {name: default for name, _, default in given}


def test_it_runs_as_nobody_in_particular() -> None:
    """By number, or kubelet could not tell that it is not root; the chart says the same."""
    helpers = (ROOT / "charts/microservice-operator/templates/_names.tpl").read_text()

    assert FINAL.user == "65532:65532"
    assert "runAsUser: 65532" in helpers
    assert "runAsGroup: 65532" in helpers


def test_it_starts_the_console_script_without_a_shell() -> None:
    """So signals reach it; without arguments it runs the operator."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]

    assert FINAL.entrypoint == (next(iter(scripts)),)
    assert FINAL.command == ("run",)
    assert FINAL.environment["PATH"] == f"{HOME}/bin:/usr/bin"


def test_its_packages_are_those_of_the_lock() -> None:
    """Compiled, without those for development, by the uv that `make setup` uses."""
    installs = [rest for name, rest in BUILD.instructions if name == "RUN" and "uv sync" in rest]
    [setup] = re.findall(r"^UV_VERSION=(.+)$", (ROOT / ".ci/setup").read_text(), re.MULTILINE)

    assert len(installs) == 2
    assert all("--locked --no-dev" in install for install in installs)
    assert BUILD.environment["UV_COMPILE_BYTECODE"] == "1"
    assert BUILD.environment["UV_PROJECT_ENVIRONMENT"] == str(HOME)
    assert ("COPY", f"--from={BUILD.name} {HOME} {HOME}") in FINAL.instructions
    assert arguments()["UV_VERSION"] == setup


def test_both_stages_stand_on_the_same_base_that_a_digest_can_pin() -> None:
    """A virtual environment works only with the very Python that made it."""
    bases = {rest.partition(" ")[0] for name, rest in INSTRUCTIONS if name == "FROM"}

    assert bases == {"${BASE}${BASE_DIGEST:+@${BASE_DIGEST}}"}
    assert arguments()["BASE"] == "docker.io/library/python:${PYTHON_VERSION}-slim"


def test_nothing_is_written_where_it_runs() -> None:
    """Its root is read-only: Python must not try to leave bytecode behind."""
    assert FINAL.environment["PYTHONDONTWRITEBYTECODE"] == "1"


def test_it_says_what_it_is() -> None:
    """The labels that registries and scanners read."""
    told = {name.removeprefix("org.opencontainers.image.") for name in FINAL.labels}

    assert told >= {"title", "description", "licenses", "base.digest", "revision", "source"}


def test_all_that_is_copied_is_let_in() -> None:
    """What .dockerignore keeps out cannot be copied."""
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = {
        source
        for name, rest in INSTRUCTIONS
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }

    assert copied == allowed
    assert all((ROOT / path).exists() for path in copied)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_package_comes_as_a_wheel_for_both_platforms(name: str) -> None:
    """There is no compiler in the image."""
    tag = f"cp{arguments()['PYTHON_VERSION'].replace('.', '')}"
    wheels = [wheel["url"].rpartition("/")[2] for wheel in locked()[name].get("wheels", ())]

    def fits(wheel: str, platform: str) -> bool:
        anywhere = wheel.endswith("-none-any.whl")
        abi3 = "-abi3-" in wheel
        return anywhere or ((tag in wheel or abi3) and "manylinux" in wheel and platform in wheel)

    missing = [p for p in PLATFORMS if not any(fits(wheel, p) for wheel in wheels)]

    assert not missing, f"{name} would have to be compiled for {missing}"
