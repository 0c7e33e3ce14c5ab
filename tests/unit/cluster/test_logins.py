from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from kubernetes.aio.config import ConfigException

from microservice_operator.cluster import api as api_module
from microservice_operator.cluster import credentials
from microservice_operator.cluster.api import LONGEST_STREAM, Api, ApiError, Unreachable
from microservice_operator.cluster.credentials import NoCredentials
from microservice_operator.cluster.limiter import Limiter
from microservice_operator.cluster.watch import Watch
from microservice_operator.model.kinds import SERVICE
from tests.unit.clock import run
from tests.unit.cluster import servers
from tests.unit.cluster.watched import Heard, Script, event, item, page, stream, until

if TYPE_CHECKING:
    import aiohttp
    from kubernetes.aio.client import Configuration

PATH = "/api/v1/services"
LONG = 1000.0
"""Seconds after which everything that a login leaves behind has been tidied up."""


class Logins:
    """Credentials that are rotated: each time they are read there is a new token."""

    def __init__(self, port: int, seconds: float = 0) -> None:
        self.count = 0
        self._port = port
        self._seconds = seconds

    async def __call__(self) -> Configuration:
        """Read them, which takes a while when a program has to be asked."""
        self.count += 1
        token = f"token-{self.count}"
        await asyncio.sleep(self._seconds)
        return servers.configuration(self._port, token)


@pytest.fixture(autouse=True)
def _loop_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure how old credentials are in the time of the test."""
    monkeypatch.setattr(api_module, "monotonic", lambda: asyncio.get_running_loop().time())


async def knows_token_2(request: web.BaseRequest) -> web.StreamResponse:
    """Accept the second token, as long as a watch or as short as a request."""
    if request.headers["Authorization"] != "Bearer token-2":
        return web.Response(status=401)
    if "watch" not in request.query:
        return web.Response(text="{}")
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"\n")
    return await servers.hangs(request)


def test_a_refused_token_is_followed_by_a_fresh_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that was rotated costs one request, not the process."""

    async def main() -> None:
        async with servers.serving(knows_token_2) as found:
            monkeypatch.setattr(credentials, "load", Logins(int(found.host.rpartition(":")[2])))
            api = await Api.connect()
            await asyncio.sleep(5)
            with pytest.raises(ApiError) as refused:
                await api.request("GET", PATH)
            assert refused.value.passing
            assert await api.request("GET", PATH) == b"{}"
            await asyncio.sleep(LONG)
            await api.close()

    run(main())


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_many_refusals_at_once_are_one_reason_to_log_in(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Whoever gives the tokens out is not overrun, however long that takes."""

    async def main() -> int:
        async with servers.serving(servers.says(401)) as found:
            login = Logins(int(found.host.rpartition(":")[2]), seconds)
            monkeypatch.setattr(credentials, "load", login)
            api = await Api.connect()
            await asyncio.sleep(5)
            requests = (api.request("GET", PATH) for _ in range(10))
            answers = await asyncio.gather(*requests, return_exceptions=True)
            assert all(isinstance(answer, ApiError) for answer in answers)
            await asyncio.sleep(LONG)
            await api.close()
            return login.count - 1

    assert run(main()) == 1


def test_refusals_that_go_on_are_tried_with_new_credentials_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fresh token may be refused too, until the server has heard of it."""

    async def main() -> int:
        async with servers.serving(servers.says(401)) as found:
            login = Logins(int(found.host.rpartition(":")[2]))
            monkeypatch.setattr(credentials, "load", login)
            api = await Api.connect()
            for _ in range(4):
                await asyncio.sleep(2)
                with pytest.raises(ApiError):
                    await api.request("GET", PATH)
            await asyncio.sleep(LONG)
            await api.close()
            return login.count - 1

    assert run(main()) == 4


def test_the_old_session_is_closed_when_its_streams_have_had_their_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who reads from a closed one waits for ever; a process of months must not collect them."""

    async def main() -> None:
        async with servers.serving(servers.says(401)) as found:
            api, old = await _logged_in_again(found, monkeypatch)
            await asyncio.sleep(LONGEST_STREAM - 10)
            assert not old.closed
            await asyncio.sleep(20)
            assert old.closed
            await api.close()

    run(main())


def test_the_end_closes_old_sessions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although their time comes later."""

    async def main() -> None:
        async with servers.serving(servers.says(401)) as found:
            api, old = await _logged_in_again(found, monkeypatch)
            await api.close()
            assert old.closed
            await asyncio.sleep(LONG)

    run(main())


def test_a_watch_survives_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on with the old session or with the new one, but it does go on."""
    news = event("ADDED", item("orders", 10))

    async def later(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(60)
        return await stream(news, then=servers.hangs)(request)

    async def slow(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(60)
        await response.write(news)
        return await servers.hangs(request)

    followed = Script([page(5)], [slow, later])

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await (servers.says(401) if request.path == PATH else followed)(request)

    async def main() -> list[str]:
        heard = Heard()
        async with servers.serving(answer) as found:
            monkeypatch.setattr(credentials, "load", Logins(int(found.host.rpartition(":")[2])))
            api = await Api.connect()
            lists = asyncio.Semaphore(1)
            watch = Watch(api, SERVICE, "shop", {"labelSelector": "a=b"}, heard, lists, [1] * 9)
            task = asyncio.ensure_future(watch.run())
            await until(lambda: len(followed.asked) == 2)
            with pytest.raises(ApiError):
                await api.request("GET", PATH)
            await asyncio.sleep(400)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await api.close()
            return heard.words

    assert "seen orders@10" in run(main())


@pytest.mark.parametrize("error", [NoCredentials("being rewritten"), OSError("disk is full")])
def test_credentials_that_cannot_be_read_just_now_leave_a_refusal(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The caller knows what to do after a 401, and nothing of files that are being rewritten."""

    async def unreadable() -> Configuration:
        raise error

    async def main() -> None:
        async with servers.serving(servers.says(401)) as found:
            monkeypatch.setattr(credentials, "load", Logins(int(found.host.rpartition(":")[2])))
            api = await Api.connect()
            await asyncio.sleep(5)
            monkeypatch.setattr(credentials, "load", unreadable)
            try:
                with pytest.raises(ApiError) as refused:
                    await api.request("GET", PATH)
            finally:
                await api.close()
            assert refused.value.code == 401

    run(main())


def test_a_token_that_cannot_be_renewed_is_no_answer() -> None:
    """The program that gives tokens out may be away for a while, like the server itself."""

    async def away(_: Configuration) -> None:
        raise ConfigException("the program has failed")

    async def main() -> None:
        async with servers.serving(servers.says()) as found:
            vars(found)["refresh_api_key_hook"] = away
            api = Api(found, Limiter())
            with pytest.raises(Unreachable, match="the program has failed"):
                await api.request("GET", PATH)
            assert api.limiter.in_flight == 0
            vars(found)["refresh_api_key_hook"] = None
            assert await api.request("GET", PATH) == b"{}"
            await api.close()

    run(main())


async def _logged_in_again(
    found: Configuration, monkeypatch: pytest.MonkeyPatch
) -> tuple[Api, aiohttp.ClientSession]:
    """A client whose token was refused, and the session that it had before."""
    monkeypatch.setattr(credentials, "load", Logins(int(found.host.rpartition(":")[2])))
    api = await Api.connect()
    await asyncio.sleep(5)
    old = api._rest  # noqa: SLF001  nothing else knows of the session
    with pytest.raises(ApiError):
        await api.request("GET", PATH)
    assert old.pool_manager is not None
    return api, old.pool_manager
