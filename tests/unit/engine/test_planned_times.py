from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microservice_operator.engine import clock
from tests.apps import body
from tests.unit.clock import run
from tests.unit.engine.loops import Server, microservice, running, until

if TYPE_CHECKING:
    import pytest

CPU = {"requests": {"cpu": "100m"}}


def test_a_window_that_opens_wakes_its_microservice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens in the cluster, and yet there is something to write."""
    began = datetime.fromisoformat("2026-07-01T08:50Z")
    sale = {"name": "sale", "start": "0 9 * * *", "duration": "1h", "min": 3, "leadTime": "5m"}

    async def main() -> list[str]:
        loop_time = asyncio.get_running_loop().time
        first = loop_time()
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=loop_time() - first))
        server = Server()
        server.spec = body(scaling={"max": 5, "schedules": [sale]}, resources=CPU)["spec"]
        async with running(server) as loop:
            loop.observe("ADDED", microservice() | {"spec": server.spec})
            await until(lambda: len(server.writes) == 6)
            await asyncio.sleep(290)
            assert len(server.writes) == 6
            await asyncio.sleep(15)
            return server.writes[6:]

    assert [line.split("/")[-2] for line in run(main())] == [
        "horizontalpodautoscalers",
        "orders",
    ]
