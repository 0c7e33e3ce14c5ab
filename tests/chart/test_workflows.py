"""What hosted CI does: sound as workflows, and about the versions that we promise."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.chart import CHART
from tests.cluster.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI, RELEASE = (ROOT / ".github" / "workflows" / f"{name}.yml" for name in ("ci", "release"))
PINNED = re.compile(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})")


def test_the_workflows_are_sound(actionlint: Path) -> None:
    """Syntax, expressions, inputs of actions and names of contexts are what GitHub knows."""
    done = subprocess.run(
        [actionlint, "-no-color", *WORKFLOWS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_may_read_and_nothing_else(file: Path) -> None:
    """A job that needs more says so itself, and each action has a version."""
    workflow = read(file)
    # YAML 1.1 takes the key `on` for true
    events: Any = workflow.get("on", workflow.get(True))

    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in events
    actions = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert actions
    assert [action for action in actions if not PINNED.fullmatch(action)] == []


def test_every_promised_python_is_tested() -> None:
    """From the oldest that the package allows to the one in the image."""
    tested = read(CI)["jobs"]["check"]["strategy"]["matrix"]["python"]
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    [shipped] = re.findall(r"^ARG PYTHON_VERSION=(.+)$", dockerfile(), re.MULTILINE)

    assert promised == f">={tested[0]}"
    assert tested[-1] == shipped


def test_the_oldest_promised_kubernetes_is_tested() -> None:
    """And a newer one beside it."""
    tested = read(CI)["jobs"]["e2e"]["strategy"]["matrix"]["kubernetes"]
    promised = yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"]

    assert len(tested) == 2
    assert promised == f">= {tested[0].rpartition('.')[0]}.0-0"


def test_a_release_changes_the_values_that_it_means_to_change() -> None:
    """The chart that is published names the image by its digest."""
    values = (CHART / "values.yaml").read_text()

    wanted = re.findall(r"s\|(\^.+?\$)\|", RELEASE.read_text())

    assert len(wanted) == 2
    for pattern in wanted:
        assert len(re.findall(pattern.replace('\\"', '"'), values, re.MULTILINE)) == 1


def test_a_release_builds_on_the_base_of_the_dockerfile() -> None:
    """Whose digest it looks up."""
    version = dict(re.findall(r"^ARG (\w+)=(.*)$", dockerfile(), re.MULTILINE))
    base = version["BASE"].replace("${PYTHON_VERSION}", version["PYTHON_VERSION"])

    assert read(RELEASE)["jobs"]["publish"]["env"]["BASE"] == base


def read(file: Path) -> dict[Any, Any]:
    """A workflow."""
    workflow: dict[Any, Any] = yaml.safe_load(file.read_text())
    return workflow


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    """All steps of all jobs."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def dockerfile() -> str:
    """How the image is made."""
    return (ROOT / "operator" / "Dockerfile").read_text()
