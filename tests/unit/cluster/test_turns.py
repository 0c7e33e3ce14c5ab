from __future__ import annotations

import pytest
from aiohttp import web

from microservice_operator.cluster.api import Unreachable
from tests.unit.clock import run
from tests.unit.cluster.servers import connected

PATH = "/api/v1/namespaces/shop/services/orders"


def test_who_may_not_write_still_reads_and_asks_for_its_turn() -> None:
    """Nothing but the Lease's own write leaves an operator that does not lead."""
    heard: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        heard.append(request.method)
        return web.json_response({})

    async def main() -> None:
        async with connected(answer) as api:
            api.may_write = lambda: False
            await api.request("GET", PATH)
            for method in ("PATCH", "POST", "PUT", "DELETE"):
                with pytest.raises(Unreachable, match="another operator leads"):
                    await api.request(method, PATH)
            await api.direct("PUT", PATH, {})
            api.may_write = lambda: True
            await api.request("DELETE", PATH)

    run(main())
    assert heard == ["GET", "PUT", "DELETE"]
