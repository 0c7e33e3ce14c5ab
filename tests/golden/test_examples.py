"""What the examples become is read by people, so it is kept as text and reviewed as text."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

import pytest

from tests import golden

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("example", golden.examples(), ids=str)
def test_an_example_becomes_what_its_golden_says(example: Path) -> None:
    """A change of what users get is seen in a review, line by line."""
    file = golden.GOLDENS / example
    assert file.exists(), f"{example} has no golden: run `make golden` and commit {file.name}"

    kept, now = file.read_text(), golden.render(example)

    diff = "\n".join(
        unified_diff(kept.splitlines(), now.splitlines(), "golden", "now", lineterm="")
    )
    assert not diff, f"{example}: if this is meant, run `make golden` and commit it:\n{diff}"


def test_every_golden_has_its_example() -> None:
    """A golden without an example would be right for ever."""
    orphans = golden.orphans()
    assert not orphans, f"no example becomes {orphans} any more: run `make golden`"


def test_an_unchanged_spec_keeps_its_pods() -> None:
    """A new version of the operator must not restart what nobody has changed."""
    restarting = golden.restarting(golden.templates(), golden.pinned())

    assert not restarting, (
        f"the pod templates of {', '.join(restarting)} change though their specs do not: every "
        "user's pods would restart when the operator is updated. Find a way that keeps them, or, "
        "if it must be, run `python -m tests.golden --accept-restarts` and say so in CHANGELOG.md"
    )


def test_every_pod_template_is_pinned() -> None:
    """What is not pinned may change unseen."""
    pinned, now = golden.pinned(), golden.templates()
    restarting = golden.restarting(now, pinned)
    stale = [name for name in now.keys() | pinned.keys() if now.get(name) != pinned.get(name)]

    assert set(stale) <= set(restarting), "tests/golden/pod-templates.json: run `make golden`"
