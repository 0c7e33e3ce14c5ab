from __future__ import annotations

from typing import Any

import pytest

from microservice_operator.engine.microservices import Microservices
from microservice_operator.engine.queue import Key
from tests.apps import body as orders

KEY = Key("shop", "orders")


def body(version: int, *, uid: str = "one", generation: int = 1, **more: Any) -> dict[str, Any]:
    """A Microservice at some version."""
    made = orders()
    metadata = more.pop("metadata", {})
    made["metadata"] |= {"uid": uid, "generation": generation, "resourceVersion": str(version)}
    made["metadata"] |= metadata
    return made | more


@pytest.fixture
def microservices() -> Microservices:
    """One Microservice, at version nine."""
    seen = Microservices()
    assert seen.observe(body(9)) == KEY
    return seen


def test_an_edit_is_news(microservices: Microservices) -> None:
    """A new generation means a new spec."""
    assert microservices.observe(body(10, generation=2)) == KEY


def test_an_older_version_is_no_news(microservices: Microservices) -> None:
    """Two connections tell of the same object, and one is late."""
    microservices.observe(body(10, generation=3))

    assert microservices.observe(body(9, generation=2)) is None

    known = microservices.get(KEY)
    assert known is not None
    assert (known.version, known.generation) == ("10", 3)


def test_the_same_again_is_no_news(microservices: Microservices) -> None:
    """After each reconnection everything is told once more."""
    assert microservices.observe(body(9)) is None


@pytest.mark.parametrize(
    "touched",
    [
        {"annotations": {"argocd.argoproj.io/sync-wave": "1"}},
        {"labels": {"team": "checkout"}},
        {"managedFields": [{"manager": "kubectl"}]},
    ],
)
def test_a_touch_beside_the_spec_is_no_news(
    microservices: Microservices, touched: dict[str, Any]
) -> None:
    """But its version is remembered, for the next status must name it."""
    assert microservices.observe(body(10, metadata=touched)) is None

    known = microservices.get(KEY)
    assert known is not None
    assert known.version == "10"


@pytest.mark.parametrize(
    "change",
    [
        {"status": {"observedGeneration": 1}},
        {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
        {"uid": "its successor"},
    ],
    ids=["status", "deletion", "successor"],
)
def test_what_a_pass_would_see_is_news(
    microservices: Microservices, change: dict[str, Any]
) -> None:
    """Somebody may have written the status; it is ours, and is put right."""
    assert microservices.observe(body(10, **change)) == KEY


def test_who_is_gone_is_forgotten(microservices: Microservices) -> None:
    """A second end is none."""
    assert microservices.drop(body(10)) == KEY
    assert microservices.drop(body(10)) is None
    assert (len(microservices), microservices.get(KEY)) == (0, None)


def test_the_late_end_of_a_predecessor_is_no_news(microservices: Microservices) -> None:
    """Its successor stays."""
    microservices.observe(body(12, uid="two"))

    assert microservices.drop(body(11, uid="one")) is None
    assert list(microservices) == [KEY]


def test_a_sweep_drops_who_was_seen_before_and_is_not_there() -> None:
    """Who came after the list was made is not in it, and stays."""
    microservices = Microservices()
    for name in ("stays", "left", "new"):
        microservices.observe(body(1, uid=name, metadata={"name": name}))

    gone = microservices.sweep(before={"stays", "left"}, there={"stays"})

    assert gone == [Key("shop", "left")]
    assert {key.name for key in microservices} == {"stays", "new"}


def test_a_sweep_spares_a_successor(microservices: Microservices) -> None:
    """The name is the same, but it is not who has left."""
    microservices.observe(body(10, uid="two"))

    assert microservices.sweep(before={"one"}, there=set()) == []
    assert microservices.uids() == {"two"}
