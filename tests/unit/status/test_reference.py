from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from microservice_operator.model.meshed import Mesh
from microservice_operator.status import Answer, Prospect, Routing, Traffic, Trouble
from microservice_operator.status.availability import SEEN_IN_PODS
from microservice_operator.status.reasons import Reason
from microservice_operator.status.reference import PAGE, reference, write
from tests.unit.status.outcomes import (
    AUTOSCALER,
    BLIND,
    COMPLETE,
    REFUSED,
    ROUTE_TROUBLES,
    SERVED,
    SHORT,
    SWITCHED_OFF,
    USER_ERRORS,
    status,
)

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


def test_every_reason_can_occur() -> None:
    """A reason that nothing gives would be documented for nothing."""
    nothing = replace(COMPLETE, wanted=0, pods=0, updated=0, ready=0, available=0)
    outcomes: list[dict[str, Any]] = [
        {},
        {"recreating": "Waiting."},
        {"planned": Prospect("1f6b")},
        {"paused": True},
        {"mesh": Mesh(mutual_tls="STRICT")},
        {"mesh": Mesh(lacking="`security` needs a mesh.")},
        {"mesh": Mesh(mutual_tls="STRICT", proxied=False)},
        {"traffic": Traffic("v1 100", awaited=("Version v2 waits.",))},
        {"traffic": Traffic("v1 90, v2 10", failing=("Version v2 has no pod.",))},
        {"routing": Routing((SERVED,))},
        *({"routing": Routing((Answer(trouble=each),))} for each in ROUTE_TROUBLES),
        {"rollout": nothing},
        {"rollout": SHORT},
        {"rollout": replace(SHORT, overdue=True)},
        {"rollout": replace(SHORT, updated=0, paused=True)},
        *({"autoscaler": each} for each in (AUTOSCALER, BLIND, REFUSED, SWITCHED_OFF)),
        *({"error": error("No.")} for error in USER_ERRORS),
        *({"rollout": SHORT, "trouble": Trouble(reason, "")} for reason in SEEN_IN_PODS),
    ]

    given = {each["reason"] for changes in outcomes for each in status(**changes)["conditions"]}

    assert given == {*Reason} - {Reason.WAITING}  # which the schema gives, before any pass
    assert all(reason.meaning.endswith(".") for reason in Reason)
