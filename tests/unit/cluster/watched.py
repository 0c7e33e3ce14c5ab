"""A script for a server that is watched, and a sink that notes what it is told."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from microservice_operator.cluster.watch import Watch
from microservice_operator.model.kinds import SERVICE
from tests.unit.cluster import servers
from tests.unit.cluster.servers import connected, says

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from microservice_operator.model import Kind
    from tests.unit.cluster.servers import Answer

PATIENCE = 1000.0


@dataclass
class Script:
    """What the server answers, in turn, to lists and to watches; after that it hangs."""

    lists: Iterable[Answer]
    streams: Iterable[Answer] = ()
    asked: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lists, self._streams = deque(self.lists), deque(self.streams)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer the next request."""
        self.asked.append(dict(request.query))
        self.times.append(asyncio.get_running_loop().time())
        answers = self._streams if "watch" in request.query else self._lists
        return await (answers.popleft() if answers else servers.hangs)(request)

    @property
    def versions(self) -> list[str]:
        """From where each stream was to go on; a list is an empty string."""
        return [query.get("resourceVersion", "") for query in self.asked]


class Heard:
    """A sink that notes each call in a word."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def listed(self, kind: Kind, namespace: str, version: str, objects: Iterable[bytes]) -> None:
        """Note what is there."""
        there = [f"listed {kind.name} {namespace}@{version}", *map(_named, objects)]
        self.words.append(" ".join(there))

    def seen(self, _: Kind, raw: bytes) -> None:
        """Note what is new."""
        self.words.append(f"seen {_named(raw)}")

    def gone(self, _: Kind, raw: bytes) -> None:
        """Note what is gone."""
        self.words.append(f"gone {_named(raw)}")


@asynccontextmanager
async def watching(
    script: Answer, delays: Iterable[float] = (1, 1, 1, 1, 1, 1, 1, 1)
) -> AsyncIterator[tuple[Watch, Heard]]:
    """Watch a server with this script."""
    heard = Heard()
    async with connected(script) as api:
        lists = asyncio.Semaphore(3)
        watch = Watch(api, SERVICE, "shop", {"labelSelector": "a=b"}, heard, lists, delays)
        task = asyncio.ensure_future(watch.run())
        try:
            yield watch, heard
        finally:
            assert not task.done(), task.exception()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not condition():
        assert loop.time() < deadline, "it never came to be"
        await asyncio.sleep(1)


def item(name: str, version: int, **more: Any) -> dict[str, Any]:
    """An object of a list or an event."""
    return {"metadata": {"name": name, "resourceVersion": str(version), **more}}


def page(version: int, *items: dict[str, Any], more: str = "") -> Answer:
    """One page of a list."""
    metadata = {"resourceVersion": str(version), "continue": more}
    return says(body=json.dumps({"metadata": metadata, "items": list(items)}))


def event(kind: str, content: dict[str, Any]) -> bytes:
    """One line of a watch."""
    return json.dumps({"type": kind, "object": content}).encode() + b"\n"


def stream(*lines: bytes, then: Answer | None = None) -> Answer:
    """Some lines; then the stream ends as it should, unless something else happens."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for line in lines:
            await response.write(line)
        if then is not None:
            await asyncio.sleep(0.1)
            await then(request)
        return response

    return answer


def _named(raw: bytes) -> str:
    metadata = json.loads(raw)["metadata"]
    return f"{metadata['name']}@{metadata['resourceVersion']}"
