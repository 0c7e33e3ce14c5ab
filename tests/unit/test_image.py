"""The image, as far as it can be judged without building it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest

from tests.cluster.paths import ROOT

DOCKERFILE = ROOT / "operator" / "Dockerfile"
PLATFORMS = ("x86_64", "aarch64")


@cache
def instructions() -> tuple[tuple[str, str], ...]:
    """Every instruction with its arguments, in order."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    pairs = (line.partition(" ") for line in lines if line)
    return tuple((name, rest) for name, _, rest in pairs)


def the(name: str) -> str:
    """The arguments of the last such instruction: the one that holds."""
    return [rest for each, rest in instructions() if each == name][-1]


def arguments() -> dict[str, str]:
    """The build arguments with their defaults."""
    given = (rest.partition("=") for name, rest in instructions() if name == "ARG" and "=" in rest)
    return {name: default for name, _, default in given}


@cache
def locked() -> dict[str, dict[str, Any]]:
    """Every package of the lock."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {package["name"]: package for package in packages}


def shipped() -> set[str]:
    """Everything that the program needs, and what that needs."""
    found: set[str] = set()
    waiting = [
        dependency["name"] for dependency in locked()["microservice-operator"]["dependencies"]
    ]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each["name"] for each in locked()[name].get("dependencies", ())]
    return found


def test_it_runs_as_nobody_in_particular() -> None:
    """By number, or kubelet could not tell that it is not root; the chart says the same."""
    helpers = (ROOT / "charts/microservice-operator/templates/_names.tpl").read_text()

    assert the("USER") == "65532:65532"
    assert "runAsUser: 65532" in helpers
    assert "runAsGroup: 65532" in helpers


def test_it_starts_the_console_script_without_a_shell() -> None:
    """So signals reach it; without arguments it runs the operator."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]

    assert the("ENTRYPOINT") == f'["{next(iter(scripts))}"]'
    assert the("CMD") == '["run"]'


def test_its_packages_are_those_of_the_lock() -> None:
    """Compiled, without those for development, by the uv that `make setup` uses."""
    installs = [rest for name, rest in instructions() if name == "RUN" and "uv sync" in rest]
    [setup] = re.findall(r"^UV_VERSION=(.+)$", (ROOT / ".ci/setup").read_text(), re.MULTILINE)

    assert len(installs) == 2
    assert all("--locked --no-dev" in install for install in installs)
    assert "UV_COMPILE_BYTECODE=1" in the_environment()
    assert arguments()["UV_VERSION"] == setup


def the_environment() -> str:
    """All variables of all stages."""
    return " ".join(rest for name, rest in instructions() if name == "ENV")


def test_both_stages_stand_on_the_same_base_that_a_digest_can_pin() -> None:
    """A virtual environment works only with the very Python that made it."""
    bases = {rest.partition(" ")[0] for name, rest in instructions() if name == "FROM"}

    assert bases == {"${BASE}${BASE_DIGEST:+@${BASE_DIGEST}}"}
    assert arguments()["BASE"] == "docker.io/library/python:${PYTHON_VERSION}-slim"


def test_nothing_is_written_where_it_runs() -> None:
    """Its root is read-only: Python must not try to leave bytecode behind."""
    assert "PYTHONDONTWRITEBYTECODE=1" in the("ENV")


def test_it_says_what_it_is() -> None:
    """The labels that registries and scanners read."""
    told = set(re.findall(r"org\.opencontainers\.image\.([\w.]+)=", the("LABEL")))

    assert told >= {"title", "description", "licenses", "base.digest", "revision", "source"}


def test_all_that_is_copied_is_let_in() -> None:
    """What .dockerignore keeps out cannot be copied."""
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = {
        source
        for name, rest in instructions()
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
