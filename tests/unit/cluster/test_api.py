from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from microservice_operator.cluster.api import APPLY, JSON_PATCH, Api, ApiError, Unreachable
from microservice_operator.cluster.limiter import FLOOR, START, Limiter
from microservice_operator.telemetry import metrics
from tests.unit.clock import run
from tests.unit.cluster import servers
from tests.unit.cluster.servers import connected, says

if TYPE_CHECKING:
    from tests.unit.cluster.servers import Answer

PATH = "/api/v1/namespaces/shop/services/orders"
STATUS = json.dumps(
    {
        "kind": "Status",
        "metadata": {},
        "status": "Failure",
        "code": 422,
        "reason": "Invalid",
        "message": "spec.ports: Required value",
        "details": {"name": "orders"},
    }
)


def refusal(answer: Answer) -> ApiError:
    """What becomes of an answer that is not success."""

    async def main() -> ApiError:
        async with connected(answer) as api:
            with pytest.raises(ApiError) as caught:
                await api.request("GET", PATH)
            return caught.value

    return run(main())


def failure(answer: Answer) -> tuple[Unreachable, float, Api]:
    """What becomes of no answer, after how long."""

    async def main() -> tuple[Unreachable, float, Api]:
        started = asyncio.get_running_loop().time()
        async with connected(answer) as api:
            with pytest.raises(Unreachable) as caught:
                await api.request("GET", PATH)
            return caught.value, asyncio.get_running_loop().time() - started, api

    return run(main())


def test_success_is_the_body() -> None:
    """Byte by byte, for decoding is somebody else's business."""

    async def main() -> bytes:
        async with connected(says(201, '{"kind": "Service"}')) as api:
            return await api.request("GET", PATH)

    assert run(main()) == b'{"kind": "Service"}'


def test_a_refusal_carries_the_servers_words() -> None:
    """A person reads them in a condition."""
    error = refusal(says(422, STATUS))

    assert (error.code, error.reason, error.message) == (
        422,
        "Invalid",
        "spec.ports: Required value",
    )
    assert str(error) == "422 Invalid: spec.ports: Required value"


@pytest.mark.parametrize(
    "body", ["<html>bad gateway</html>", "", "null", "[]", '{"message": 7}', '{"mess']
)
def test_a_refusal_may_be_garbage(body: str) -> None:
    """What stands between us and the server does not speak its language."""
    error = refusal(says(502, body))

    assert (error.code, error.reason, error.message) == (502, "", body)


def test_garbage_is_quoted_in_part() -> None:
    """A page of HTML does not fit into a condition."""
    assert len(refusal(says(502, "x" * 5000)).message) == 200


@pytest.mark.parametrize(
    ("code", "passing"),
    [
        (400, False),
        (401, True),
        (403, False),
        (404, False),
        (409, False),
        (410, False),
        (422, False),
        (429, True),
        (500, True),
        (503, True),
        (504, True),
    ],
)
def test_what_passes_by_itself(code: int, *, passing: bool) -> None:
    """Only what the server may answer differently in a moment is worth the same request again."""
    assert ApiError(code, "", "").passing == passing


@pytest.mark.parametrize(
    "answer", [servers.resets, servers.cuts_the_body], ids=["reset", "half a body"]
)
def test_a_broken_connection_is_no_answer(answer: Answer) -> None:
    """The error says what was asked, and the server is spared from then on."""
    error, _, api = failure(answer)

    assert str(error).startswith(f"GET {PATH}: ")
    assert (api.limiter.limit, api.limiter.in_flight) == (START / 2, 0)


def test_a_silent_server_is_given_up_after_ten_seconds() -> None:
    """Nothing waits for ever, or a worker would be lost with each hanging request."""
    _, seconds, api = failure(servers.hangs)

    assert seconds == pytest.approx(10, abs=1)
    assert (api.limiter.limit, api.limiter.in_flight) == (START / 2, 0)


def test_a_closed_door_is_no_answer() -> None:
    """A server that is being restarted refuses the connection."""

    async def main() -> None:
        async with servers.serving(says()) as found:
            pass
        api = Api(found, Limiter())
        with pytest.raises(Unreachable):
            await api.request("GET", PATH)
        await api.close()

    run(main())


def test_a_cancelled_request_gives_its_place_back() -> None:
    """An operator that ends, or a pass that is given up, blocks nobody."""

    async def main() -> int:
        async with connected(servers.hangs) as api:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(api.request("GET", PATH), 2)
            return api.limiter.in_flight

    assert run(main()) == 0


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_kept_by_the_next_request(code: int) -> None:
    """Whoever asks next waits as long as the server wished, then asks without being told to."""
    asked: list[float] = []

    async def answer(_: web.BaseRequest) -> web.Response:
        asked.append(asyncio.get_running_loop().time())
        if len(asked) > 1:
            return web.Response()
        return web.Response(status=code, headers={"Retry-After": "7"})

    async def main() -> None:
        async with connected(answer) as api:
            with pytest.raises(ApiError) as caught:
                await api.request("GET", PATH)
            assert caught.value.retry_after == 7
            await api.request("GET", PATH)

    run(main())
    assert asked[1] - asked[0] >= 7


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", "1e9", ""])
def test_a_retry_after_that_is_no_number_of_seconds_is_none(header: str) -> None:
    """The API server sends seconds; a proxy may send anything."""
    assert refusal(says(429, Retry_After=header)).retry_after == 0


def test_no_retry_after_holds_everybody_back_for_longer_than_a_minute() -> None:
    """A proxy that is mistaken must not put the operator to sleep."""
    assert refusal(says(429, Retry_After="86400")).retry_after == 60


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        *((code, START) for code in (403, 404, 409, 422, 500, 502)),
        *((code, START / 2) for code in (429, 503, 504)),
    ],
)
def test_refusals_that_are_no_overload_slow_nobody_down(code: int, limit: float) -> None:
    """A user's mistake is not the server's trouble, and nor is a webhook that is down."""

    async def main() -> float:
        async with connected(says(code, STATUS)) as api:
            with pytest.raises(ApiError):
                await api.request("GET", PATH)
            return api.limiter.limit

    assert run(main()) == limit


@pytest.mark.parametrize(
    ("answer", "code"), [(says(409), "409"), (servers.resets, "<error>")], ids=["409", "none"]
)
def test_each_request_is_counted_by_its_answer(answer: Answer, code: str) -> None:
    """Also when none came: an alert on errors must see a server that is away."""
    labels = {"code": code, "method": "GET", "host": "kubernetes.default.svc"}

    def count() -> float:
        return metrics.REGISTRY.get_sample_value("rest_client_requests_total", labels) or 0

    async def main() -> None:
        async with connected(answer) as api:
            with pytest.raises((ApiError, Unreachable)):
                await api.request("GET", PATH)

    before = count()
    run(main())
    assert count() == before + 1


def test_overload_is_felt_by_all() -> None:
    """Requests that fail together fall to the floor within seconds, and success raises it again."""

    async def main() -> None:
        async with connected(says(503)) as api:
            for _ in range(8):
                with pytest.raises(ApiError):
                    await api.request("GET", PATH)
                await asyncio.sleep(1)
            assert api.limiter.limit == FLOOR

    run(main())


@pytest.mark.parametrize(
    ("body", "content"),
    [({"spec": {}}, APPLY), ([{"op": "remove", "path": "/spec"}], JSON_PATCH)],
    ids=["apply", "JSON patch"],
)
def test_a_patch_arrives_as_it_was_written(body: object, content: str) -> None:
    """The type says how the server reads it, so a client must not guess another one."""
    seen: list[tuple[str, str, object]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append((request.method, request.headers["Content-Type"], await request.json()))
        return web.Response()

    async def main() -> None:
        async with connected(answer) as api:
            await api.request("PATCH", PATH, body=body, content=content)

    run(main())
    assert seen == [("PATCH", content, body)]


def test_every_request_says_who_sends_it_and_what_it_asks() -> None:
    """The server's log names the operator, and a query arrives as it was meant."""
    seen: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return web.Response()

    async def main() -> None:
        query = {"labelSelector": "a=b,c in (d,e)", "fieldManager": "microservice-operator/status"}
        async with connected(answer) as api:
            await api.request("GET", PATH, query=query)
        [request] = seen
        assert request.headers["User-Agent"] == "microservice-operator"
        assert "Authorization" not in request.headers
        assert (request.path, dict(request.query)) == (PATH, query)

    run(main())
