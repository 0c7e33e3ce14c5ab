"""Where the demo cannot take place, one sentence says why and what to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.cluster import StepFailed
from tests.cluster.paths import ROOT
from tests.demo.commandline import demo
from tests.demo.places.kind import NODE_IMAGE, Kind
from tests.demo.places.real import Real

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = ("docker", "kind")


def programs(folder: Path, **exit_codes: int) -> str:
    """A PATH on which there are these programs only, and end with these codes at once."""
    for name, code in exit_codes.items():
        (folder / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def refusal(**variables: str) -> str:
    """What `make demo` says before it begins anything."""
    told = demo("up", variables)
    assert told.returncode == 1
    assert told.stdout == ""
    [line] = told.stderr.strip().splitlines()
    return line


def test_an_unknown_place_is_answered_with_those_that_are_known() -> None:
    """A typing error costs a second, not a look into the Makefile."""
    told = refusal(CLUSTER="knid")

    assert told == "CLUSTER=knid is no place for the demo; choose light, node, kind or current"


@pytest.mark.parametrize("absent", PROGRAMS)
def test_a_missing_program_is_named_with_its_home(tmp_path: Path, absent: str) -> None:
    """Kind needs both."""
    present = {name: 0 for name in PROGRAMS if name != absent}

    told = refusal(CLUSTER="kind", PATH=programs(tmp_path, **present))

    assert told.startswith(f"CLUSTER=kind is not possible here: there is no {absent} on the PATH")
    assert "install it from https://" in told


def test_a_docker_that_nobody_answers_is_no_docker(tmp_path: Path) -> None:
    """The client alone builds nothing."""
    told = refusal(CLUSTER="kind", PATH=programs(tmp_path, docker=1, kind=0))

    assert "no Docker daemon answers; start Docker" in told


def test_no_context_is_no_cluster(tmp_path: Path) -> None:
    """It says what decides on the context."""
    told = refusal(CLUSTER="current", KUBECONFIG=str(tmp_path / "none"))

    assert told.endswith("kubectl has no current context; set KUBECONFIG")


def test_a_node_needs_what_it_needs_and_the_plain_demo_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its reason is the one that the end-to-end tests would give."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert Real().missing().startswith("it needs root")
    assert Real().missing().endswith("`make demo` needs nothing of the kind")


def test_what_cannot_be_deleted_is_not_said_to_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Docker stopped, the cluster would be back at its next start."""
    monkeypatch.setenv("PATH", programs(tmp_path, docker=1, kind=1))
    monkeypatch.setattr("tests.demo.places.kind.RUN", tmp_path)
    (tmp_path / "demo-kind").mkdir()

    with pytest.raises(StepFailed, match="start Docker"):
        Kind().down()

    assert (tmp_path / "demo-kind").exists()


def test_a_kind_cluster_is_of_a_version_that_is_tested() -> None:
    """The newest of those that the workflow installs the chart on."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    versions = workflow["jobs"]["e2e"]["strategy"]["matrix"]["kubernetes"]

    assert f"kindest/node:v{versions[-1]}" == NODE_IMAGE
