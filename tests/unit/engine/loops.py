"""The loop against a server that says yes to everything."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import override

from microservice_operator.engine.leadership import Alone
from microservice_operator.engine.loop import Loop
from microservice_operator.platform import Settings
from tests.apps import UID, body
from tests.unit.engine.answers import Answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    import aiohttp

    from tests.unit.engine.answers import Sent


class Server(Answers):
    """Serves empty lists, silent watches, and accepts every write."""

    def __init__(self) -> None:
        super().__init__(self._accept)
        self.listing = asyncio.Event()
        self.listing.set()
        self.fails: list[Exception] = []
        self.there = {UID, "broken"}
        self.spec: dict[str, Any] = body()["spec"]
        self._version = 100

    @override
    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], silence: float, accept: str = ""
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """Open a watch on which nothing happens."""
        await asyncio.Event().wait()
        yield cast("aiohttp.StreamReader", (path, query, silence, accept))

    @override
    async def request(self, method: str, path: str, **parts: Any) -> bytes:
        """Answer, after a turn of the loop as a server would."""
        await asyncio.sleep(0)
        if method == "GET":
            await self.listing.wait()
        return await super().request(method, path, **parts)

    def _accept(self, sent: Sent) -> object:
        self._version += 1
        if sent.method == "GET":
            items = [{"metadata": {"uid": uid}} for uid in sorted(self.there)]
            found = items if sent.path.endswith("/microservices") else []
            return {"metadata": {"resourceVersion": str(self._version)}, "items": found}
        if sent.method == "PATCH" and self.fails:
            raise self.fails.pop(0)
        if sent.path.endswith("/status"):
            said = {"spec": self.spec, "status": sent.body["status"]}
            return {**microservice(self._version, generation=1), **said}
        return _live(sent.body, str(self._version))

    @property
    def writes(self) -> list[str]:
        """What was written, Events aside."""
        return [line for line in self.lines if not line.startswith(("GET", "POST"))]


def _live(manifest: Any, version: str) -> dict[str, Any]:
    found = {"uid": f"uid-of-{manifest.get('kind')}", "resourceVersion": version}
    live: dict[str, Any] = manifest | {"metadata": manifest["metadata"] | found}
    return live


def microservice(version: int = 1, **more: Any) -> dict[str, Any]:
    """A Microservice as the watch tells of it."""
    made = body()
    made["metadata"] |= {"resourceVersion": str(version)} | more
    return made


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[Loop]:
    """Run the loop against this server."""
    loop = Loop(server, Settings(), (), "here", Alone())
    task = asyncio.ensure_future(loop.run())
    try:
        yield loop
    finally:
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = asyncio.get_running_loop().time() + 100
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never came to be"
        await asyncio.sleep(0.01)
