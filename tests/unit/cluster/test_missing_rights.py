from __future__ import annotations

import json

import pytest
from aiohttp import web

from microservice_operator.cluster.api import ApiError
from tests.unit.clock import run
from tests.unit.cluster.servers import connected

PATH = "/apis/events.k8s.io/v1/namespaces/shop/events"


def test_a_missing_right_is_named_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Verb, kind and namespace, whatever it was wanted for; a refused quota is no such thing."""
    right = 'create resource "events" in API group "events.k8s.io" in the namespace "shop"'
    forbidden = f'events.events.k8s.io is forbidden: User "operator" cannot {right}'
    answers = iter([forbidden, forbidden, "exceeded quota: compute"])

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=403, text=json.dumps({"message": next(answers)}))

    async def main() -> None:
        async with connected(answer) as api:
            for _ in range(3):
                with pytest.raises(ApiError):
                    await api.request("POST", PATH)

    run(main())
    told = [record for record in caplog.records if record.message == "right missing"]
    assert [vars(record)["right"] for record in told] == [right]
