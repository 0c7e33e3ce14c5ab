"""The HTTP server for kubelet and Prometheus: /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from microservice_operator.engine.loop import Loop


async def serve(loop: Loop, port: int) -> web.AppRunner:
    """Answer on all addresses; the caller cleans the runner up."""
    app = web.Application()

    async def healthz(_: web.Request) -> web.Response:
        return _answer(loop.ill())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(loop.not_ready())

    async def prometheus(_: web.Request) -> web.Response:
        body = await asyncio.to_thread(metrics.render)
        return web.Response(body=body, content_type="text/plain", charset="utf-8")

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", prometheus)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner


def _answer(complaint: str) -> web.Response:
    return web.Response(text=f"{complaint or 'ok'}\n", status=503 if complaint else 200)
