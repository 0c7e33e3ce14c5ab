from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from microservice_operator.cluster.api import MERGE_PATCH, Unreachable
from microservice_operator.cluster.events import MOST_WAITING, Happening, Recorder, Subject
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, Sent, refused

if TYPE_CHECKING:
    from collections.abc import Callable


def happening(note: str = "All is well.", **more: Any) -> Happening:
    """Something that a person may want to know."""
    facts = {"type": "Normal", "reason": "Ready", "action": "Report"}
    subject = Subject("microservices.dev/v1alpha1", "Microservice", "orders", "shop", "one")
    return Happening(**{"subject": subject, "note": note, **facts, **more})


POD = Subject("v1", "Pod", "orders", "shop", "two")


class Store:
    """The Events that the server has."""

    def __init__(self) -> None:
        self.events: dict[str, Any] = {}
        self.fails: list[Exception] = []
        self.readable = True

    def __call__(self, sent: Sent) -> object:
        """Keep an Event or its count."""
        if self.fails:
            raise self.fails.pop(0)
        if sent.method == "POST":
            name = sent.body["metadata"]["name"]
            if name in self.events:
                raise refused(409)
            self.events[name] = dict(sent.body)
            return {}
        if sent.method == "GET":
            if not self.readable:
                raise refused(403)
            return self.events[sent.path.rpartition("/")[2]]
        assert sent.content == MERGE_PATCH
        name = sent.path.rpartition("/")[2]
        if name not in self.events:
            raise refused(404)
        self.events[name] |= sent.body
        return {}

    @property
    def counts(self) -> list[int]:
        """How often each Event says that it happened."""
        return [event.get("series", {}).get("count", 1) for event in self.events.values()]


def recorded(store: Store, *steps: Happening | Callable[[], None]) -> None:
    """Tell of some happenings, one after the other."""

    async def main() -> None:
        recorder = Recorder(Answers(store), "here")
        task = asyncio.ensure_future(recorder.run())
        for step in steps:
            if isinstance(step, Happening):
                recorder.note(step)
            else:
                step()
            await asyncio.sleep(1)
        assert not task.done()
        task.cancel()

    run(main())


def test_a_happening_becomes_an_event() -> None:
    """With what `kubectl describe` and `kubectl events` look for."""
    store = Store()

    recorded(store, happening())

    [event] = store.events.values()
    assert event["regarding"] == {
        "apiVersion": "microservices.dev/v1alpha1",
        "kind": "Microservice",
        "namespace": "shop",
        "name": "orders",
        "uid": "one",
    }
    assert (event["reason"], event["note"], event["action"]) == ("Ready", "All is well.", "Report")
    assert event["reportingController"] == "microservices.dev/microservice-operator"
    assert event["reportingInstance"] == "here"


def test_the_same_again_is_counted() -> None:
    """One Event with a series, not a hundred."""
    store = Store()

    recorded(store, *[happening()] * 5)

    assert store.counts == [5]


def test_different_happenings_are_different_events() -> None:
    """Another note, another reason, another object of the same name."""
    store = Store()

    recorded(
        store,
        happening(),
        happening("x"),
        happening(reason="y"),
        happening(subject=Subject("v1", "Pod", "orders", "shop", "two")),
    )

    assert store.counts == [1, 1, 1, 1]


def test_an_event_of_an_earlier_process_is_continued() -> None:
    """The name is the same, so the server has it already."""
    store = Store()
    recorded(store, happening(), happening(), happening())

    recorded(store, happening(), happening())

    assert store.counts == [5]


def test_a_count_that_cannot_be_read_begins_at_two() -> None:
    """It has happened once at least, or there would be no Event."""
    store = Store()
    recorded(store, happening(), happening(), happening())
    store.readable = False

    recorded(store, happening())

    assert store.counts == [2]


def test_an_event_that_has_expired_is_posted_again() -> None:
    """The server keeps Events for an hour; what happens again after that must be told again."""
    store = Store()

    recorded(store, happening(), happening(), store.events.clear, happening())

    assert store.counts == [1]


@pytest.mark.parametrize("error", [refused(503), Unreachable("away")], ids=str)
def test_an_event_that_was_not_posted_is_no_first_one(error: Exception) -> None:
    """When it happens again, it is posted."""
    store = Store()
    store.fails = [error]

    recorded(store, happening(), happening())

    assert store.counts == [1]


@pytest.mark.parametrize("note", ["x" * 5000, "é" * 1000], ids=["long", "wide"])
def test_a_note_fits(note: str) -> None:
    """The server counts bytes, and refuses more than 1024."""
    store = Store()

    recorded(store, happening(note))

    [event] = store.events.values()
    assert 900 < len(event["note"].encode()) <= 1024


def test_more_than_can_be_posted_is_dropped() -> None:
    """Memory stays bounded while the server is away, and nobody waits."""

    async def main() -> int:
        store = Store()
        recorder = Recorder(Answers(store), "here")
        for number in range(MOST_WAITING + 50):
            recorder.note(happening(str(number)))
        task = asyncio.ensure_future(recorder.run())
        await asyncio.sleep(1)
        task.cancel()
        return len(store.events)

    assert run(main()) == MOST_WAITING


def test_what_has_no_namespace_has_its_events_in_the_default_one() -> None:
    """The server insists on it; what is not known of the object is left out."""
    store = Store()

    recorded(store, happening(subject=Subject("v1", "Namespace", "default")))

    [event] = store.events.values()
    assert event["metadata"]["namespace"] == "default"
    assert event["regarding"] == {"apiVersion": "v1", "kind": "Namespace", "name": "default"}
