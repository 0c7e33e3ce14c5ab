from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import kopf
import pytest

from microservice_operator.cluster import credentials, discovery
from microservice_operator.handlers import shell
from tests.unit.clock import run
from tests.unit.cluster import servers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubernetes.aio.client import Configuration

BODY = {"metadata": {"name": "orders", "annotations": {"kopf": "?"}}, "spec": {"image": "a"}}


def nobody(_: str | None, __: Mapping[str, object]) -> None:
    """Hear of nothing."""
    raise AssertionError("nothing was to be told")


def test_it_stops_although_the_kind_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator without its CRD can be ended like any other."""

    async def forever(*_: object) -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        stop = asyncio.Event()
        watching = asyncio.ensure_future(shell.watch(nobody, (), stop))
        await asyncio.sleep(100)
        stop.set()
        await asyncio.wait_for(watching, 1)

    monkeypatch.setattr(discovery, "await_kind", forever)
    run(main())


@pytest.mark.parametrize("namespaces", [(), ("shop", "web")], ids=["cluster", "namespaces"])
def test_kopf_begins_when_the_kind_is_served(
    monkeypatch: pytest.MonkeyPatch, namespaces: tuple[str, ...]
) -> None:
    """It looks for the kind once, when it starts: what it learns later comes too early at times."""
    served = asyncio.Event()
    began: list[dict[str, Any]] = []

    async def await_kind(*_: object) -> None:
        await served.wait()

    async def operator(**options: Any) -> None:
        began.append(options)
        await asyncio.sleep(0)

    async def main() -> None:
        watching = asyncio.ensure_future(shell.watch(nobody, namespaces, asyncio.Event()))
        await asyncio.sleep(100)
        assert began == []
        served.set()
        await asyncio.wait_for(watching, 1)

    monkeypatch.setattr(discovery, "await_kind", await_kind)
    monkeypatch.setattr(kopf, "operator", operator)
    run(main())
    [options] = began
    assert options["settings"].scanning.disabled
    assert (options["clusterwide"], options["namespaces"]) == (not namespaces, list(namespaces))


def test_it_fails_when_the_kind_cannot_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor begins again."""

    async def fails(*_: object) -> None:
        raise credentials.NoCredentials("none")

    async def main() -> None:
        with pytest.raises(credentials.NoCredentials):
            await shell.watch(nobody, (), asyncio.Event())

    monkeypatch.setattr(discovery, "await_kind", fails)
    run(main())


@pytest.mark.parametrize("token", ["secret", ""])
def test_a_login_is_what_the_credentials_say_now(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """And it expires before long: a refused token must be followed by one that is read anew."""

    async def load() -> Configuration:
        return servers.configuration(1, token)

    monkeypatch.setattr(credentials, "load", load)
    login = run(shell._login())  # noqa: SLF001  kopf calls it

    assert login.server == "http://127.0.0.1:1"
    assert (login.scheme, login.token) == (("Bearer", token) if token else (None, None))
    assert login.expiration is not None
    assert login.expiration - dt.datetime.now(dt.UTC) <= dt.timedelta(minutes=1)


def test_kopf_stores_nothing() -> None:
    """The object is the user's: no annotation, no finalizer, and no copy of it is made."""
    storage = shell.Nothing()

    assert storage.fetch(body=BODY, key="x") is None
    assert storage.clear(essence=BODY) is BODY
    assert BODY["metadata"]["annotations"] == {"kopf": "?"}
