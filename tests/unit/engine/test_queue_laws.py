from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from microservice_operator.engine.queue import Key, Priority, Queue, Work
from tests.unit.clock import FakeTimeLoop

if TYPE_CHECKING:
    import asyncio

KEYS = st.builds(Key, st.sampled_from("ab"), st.sampled_from("xyz"))
NEVER_AT_THE_SAME_TIME = 0.25
PRIORITIES = st.sampled_from(Priority)


class Workers(RuleBasedStateMachine):
    """Any number of workers, at any pace: whatever is asked for is handed out, to one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = FakeTimeLoop()
        self.queue = Queue()
        self.waiting: list[asyncio.Task[Work]] = []
        self.active: set[Key] = set()
        self.wanted: set[Key] = set()
        self.wished: dict[Key, float] = {}

    @override
    def teardown(self) -> None:
        """Send everybody home."""
        for task in self.waiting:
            task.cancel()
        self.loop.turn(3)
        self.loop.close()

    @rule(key=KEYS, priority=PRIORITIES)
    def add(self, key: Key, priority: Priority) -> None:
        """Somebody asks for a pass."""
        self.queue.add(key, priority)
        self.wanted.add(key)
        self._settle()

    @rule(key=KEYS, delay=st.integers(1, 9), priority=PRIORITIES)
    def add_later(self, key: Key, delay: int, priority: Priority) -> None:
        """Somebody asks for a pass after a while."""

        async def ask() -> None:
            self.queue.add_later(key, delay + NEVER_AT_THE_SAME_TIME, priority)

        self.loop.run_until_complete(ask())
        due = self.loop.time() + delay + NEVER_AT_THE_SAME_TIME
        self.wished[key] = min(due, self.wished.get(key, due))
        self._settle()

    @rule(key=KEYS)
    def forget(self, key: Key) -> None:
        """A wish has lost its reason."""
        self.queue.forget(key)
        self.wished.pop(key, None)

    @rule(seconds=st.integers(1, 5))
    def pass_time(self, seconds: int) -> None:
        """Wishes come true."""
        self.loop.advance(seconds + 0.5)
        for key, due in list(self.wished.items()):
            if due < self.loop.time():
                del self.wished[key]
                self.wanted.add(key)
        self._settle()

    @precondition(lambda self: len(self.waiting) + len(self.active) < 4)
    @rule()
    def start_worker(self) -> None:
        """One more worker asks for work."""
        self.waiting.append(self.loop.create_task(self.queue.get()))
        self._settle()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def stop_worker(self, data: st.DataObject) -> None:
        """A worker gives up waiting just when a key comes in."""
        key = data.draw(KEYS)
        task = self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))
        self.queue.add(key)
        self.wanted.add(key)
        self.loop.turn(data.draw(st.integers(0, 1)))
        if not task.done():
            task.cancel()
        else:
            self.waiting.append(task)
        self._settle()

    @precondition(lambda self: self.active)
    @rule(data=st.data())
    def end_pass(self, data: st.DataObject) -> None:
        """A worker is done with its key."""
        key = data.draw(st.sampled_from(sorted(self.active)))
        self.active.discard(key)
        self.queue.done(key)
        self._settle()

    @invariant()
    def the_length_is_what_waits(self) -> None:
        """The metric of the queue's depth tells the truth."""
        assert len(self.queue) == len(self.wanted)

    @invariant()
    def nobody_waits_beside_work(self) -> None:
        """A worker waits only when every key that is wanted is being worked on."""
        assert not self.waiting or self.wanted <= self.active

    @invariant()
    def idle_means_idle(self) -> None:
        """Nothing waits and nobody works."""
        assert self.queue.idle == (not self.wanted and not self.active)

    def _settle(self) -> None:
        self.loop.turn(4)
        for task in [task for task in self.waiting if task.done()]:
            self.waiting.remove(task)
            key = task.result()
            assert key in self.wanted, "nobody asked for it"
            assert key not in self.active, "two workers have it"
            self.wanted.discard(key)
            self.active.add(key)


TestWorkers = Workers.TestCase
TestWorkers.settings = settings(derandomize=True, max_examples=60, stateful_step_count=40)
