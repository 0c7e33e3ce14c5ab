from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import override

from microservice_operator.cluster.api import Unreachable
from microservice_operator.engine import leadership
from microservice_operator.engine.leadership import GIVEN_UP_AFTER, LASTS, Elected
from microservice_operator.model.kinds import LEASE
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import aiohttp

    from tests.unit.engine.answers import Sent

LISTED = {"metadata": {"resourceVersion": "0"}, "items": []}


class Server(Answers):
    """Keeps one Lease; it may be away, and somebody else may write."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.lease: dict[str, Any] | None = None
        self.away = False
        self.version = 0

    def write(self, holder: str) -> dict[str, Any]:
        """Somebody writes the Lease."""
        self.version += 1
        metadata = {"name": "operator", "resourceVersion": str(self.version)}
        self.lease = {"metadata": metadata, "spec": {"holderIdentity": holder}}
        return self.lease

    def tell(self, elected: Elected) -> None:
        """The watch tells of the Lease as it is."""
        elected.seen(LEASE, json.dumps(self.lease).encode())

    @asynccontextmanager
    @override
    async def stream(
        self, path: str, query: Mapping[str, str], silence: float, accept: str = ""
    ) -> AsyncIterator[aiohttp.StreamReader]:
        yield cast("aiohttp.StreamReader", asyncio.StreamReader())

    def _answer(self, sent: Sent) -> object:
        if self.away:
            raise Unreachable("nobody answers")
        if sent.method == "GET":
            return LISTED
        known = self.lease["metadata"]["resourceVersion"] if self.lease else None
        if sent.body["metadata"].get("resourceVersion") != known:
            raise refused(409)
        return self.write(sent.body["spec"]["holderIdentity"])


@asynccontextmanager
async def striving(server: Server) -> AsyncIterator[Elected]:
    """Somebody who would like to lead, by the clock of the loop."""
    elected = Elected(server, "system", "operator", "me", asyncio.get_running_loop().time)
    task = asyncio.ensure_future(elected.run())
    try:
        yield elected
    finally:
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_lease_that_nobody_holds_is_taken() -> None:
    """The first one makes it, and it leads at once."""

    async def main() -> None:
        server = Server()
        async with striving(server) as elected:
            await elected.won()
            assert elected.leads()
            assert server.lease
            assert server.lease["spec"]["holderIdentity"] == "me"

    run(main())


def test_a_lease_is_kept_as_long_as_it_can_be_written() -> None:
    """A minute of renewing, and a stranger's harmless edit in the middle of it."""

    async def main() -> None:
        server = Server()
        async with striving(server) as elected:
            await elected.won()
            lost = asyncio.ensure_future(elected.lost())
            await asyncio.sleep(30)
            server.write("me")
            server.tell(elected)
            await asyncio.sleep(30)
            assert elected.leads()
            assert not lost.done()
            lost.cancel()

    run(main())


def test_who_cannot_renew_stops_before_anybody_else_may_start() -> None:
    """Work ends in time, and not a write goes out after the Lease is over; then it returns."""

    async def main() -> None:
        server = Server()
        async with striving(server) as elected:
            await elected.won()
            loop = asyncio.get_running_loop()
            server.away, began = True, loop.time()
            await elected.lost()
            assert loop.time() - began <= GIVEN_UP_AFTER + leadership.RENEWED_EVERY < LASTS
            await asyncio.sleep(began + LASTS - loop.time())
            assert not elected.leads()
            server.away = False
            await elected.won()
            assert elected.leads()

    run(main())


def test_a_stranger_is_waited_for_as_long_as_a_lease_lasts() -> None:
    """What counts is how long nothing was heard, by the own clock."""

    async def main() -> None:
        server = Server()
        server.write("other")
        async with striving(server) as elected:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(0.1)
            server.tell(elected)
            heard = loop.time()
            await elected.won()
            assert LASTS <= loop.time() - heard < LASTS + 2

    run(main())


def test_who_loses_the_lease_to_a_stranger_stops() -> None:
    """Whatever the reason: the Lease says who leads."""

    async def main() -> None:
        server = Server()
        async with striving(server) as elected:
            await elected.won()
            server.write("other")
            server.tell(elected)
            await elected.lost()
            assert server.lease
            assert server.lease["spec"]["holderIdentity"] == "other"

    run(main())
