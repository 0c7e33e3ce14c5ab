from __future__ import annotations

from typing import TYPE_CHECKING

from microservice_operator.status.reasons import Reason
from microservice_operator.status.reference import PAGE, reference, write

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_current() -> None:
    """What a user reads of a reason is what the code says of it."""
    assert PAGE.read_text() == reference(), "crds/reasons.md is stale: run `make crds`"


def test_every_reason_has_a_row() -> None:
    """Whoever looks a reason up finds it."""
    assert all(f"| `{reason.value}` | " in reference() for reason in Reason)


def test_writing_writes_the_page(tmp_path: Path) -> None:
    """The make target and the test speak of the same page."""
    write(tmp_path / "reasons.md")

    assert (tmp_path / "reasons.md").read_text() == reference()
