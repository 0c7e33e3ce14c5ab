from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import yaml
from aiohttp import web
from kubernetes.aio.config import kube_config

from microservice_operator.cluster import credentials
from microservice_operator.cluster.api import Api
from microservice_operator.cluster.credentials import NoCredentials
from tests.unit.clock import run
from tests.unit.cluster import servers

if TYPE_CHECKING:
    from pathlib import Path


PATH = "/api/v1/services"


def kubeconfig(server: str, token: str) -> str:
    """The smallest file that kubectl would accept."""
    return yaml.safe_dump(
        {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "clusters": [{"name": "here", "cluster": {"server": server}}],
            "users": [{"name": "me", "user": {"token": token}}],
        }
    )


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that KUBECONFIG named when the process began."""
    path = tmp_path / "config"
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    return path


def test_credentials_are_those_of_kubectl(file: Path) -> None:
    """Server and token come from the file that KUBECONFIG names."""
    file.write_text(kubeconfig("http://127.0.0.1:1", "secret"))

    async def main() -> tuple[str, dict[str, str]]:
        found = await credentials.load()
        return found.host, await credentials.authorization(found)

    assert run(main()) == ("http://127.0.0.1:1", {"Authorization": "Bearer secret"})


@pytest.mark.parametrize("content", [None, "", "contexts: []", "just words", "a: [", "[]"])
def test_credentials_that_are_no_use_are_reported_as_such(file: Path, content: str | None) -> None:
    """Whoever starts the operator reads a sentence, not a traceback."""
    if content is not None:
        file.write_text(content)

    with pytest.raises(NoCredentials, match="KUBECONFIG"):
        run(credentials.load())


async def opens(request: web.BaseRequest) -> web.StreamResponse:
    """Begin a watch, or answer a request."""
    if "watch" not in request.query:
        return web.Response(text="{}")
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"\n")
    return await servers.hangs(request)


def test_a_hundred_open_watches_leave_room_for_requests(file: Path) -> None:
    """An operator of many namespaces has more watches than a client has connections by default."""

    async def watch(api: Api, opened: asyncio.Semaphore) -> None:
        async with api.stream(PATH, {"watch": "true"}, 70) as lines:
            await lines.readline()
            opened.release()
            await asyncio.Event().wait()

    async def main() -> bytes:
        async with servers.serving(opens) as found:
            file.write_text(kubeconfig(found.host, "token-2"))  # noqa: ASYNC240  a few bytes
            api, opened = await Api.connect(), asyncio.Semaphore(0)
            watches = [asyncio.ensure_future(watch(api, opened)) for _ in range(100)]
            for _ in watches:
                await opened.acquire()
            try:
                return await api.request("GET", PATH)
            finally:
                for task in watches:
                    task.cancel()
                await asyncio.gather(*watches, return_exceptions=True)
                await api.close()

    assert run(main()) == b"{}"
