"""A server that misbehaves as a test wants: it places faults, and proves nothing of Kubernetes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from kubernetes.aio.client import Configuration

from microservice_operator.cluster.api import Api
from microservice_operator.cluster.limiter import Limiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Configuration]:
    """Serve on the loopback interface; what a client needs to know of it."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield configuration(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(answer: Answer) -> AsyncIterator[Api]:
    """Connect the real client to such a server."""
    async with serving(answer) as found:
        api = Api(found, Limiter())
        try:
            yield api
        finally:
            await api.close()


def configuration(port: int, token: str = "") -> Configuration:
    """Where the server is, and who we are."""
    made = Configuration(
        host=f"http://127.0.0.1:{port}", client_session_kwargs={"trust_env": False}
    )
    made.api_key = {"BearerToken": f"Bearer {token}"} if token else {}
    return made


def says(status: int = 200, body: str = "{}", **headers: str) -> Answer:
    """Give the same answer to everything."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=body, headers=named)

    return answer


async def hangs(_: web.BaseRequest) -> web.Response:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError("never reached")


async def cuts_the_body(request: web.BaseRequest) -> web.StreamResponse:
    """Promise a hundred bytes, send three and hang up."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"a')
    hang_up(request)
    return response


async def resets(request: web.BaseRequest) -> web.Response:
    """Hang up without a word."""
    hang_up(request)
    return web.Response()


def hang_up(request: web.BaseRequest) -> None:
    """End the connection as a killed process does."""
    assert request.transport is not None
    request.transport.abort()
