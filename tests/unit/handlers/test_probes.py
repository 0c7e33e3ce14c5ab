from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, cast

import aiohttp
import pytest

from microservice_operator.handlers import probes
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from microservice_operator.engine.loop import Loop


class Patient:
    """A loop that says how it feels."""

    def __init__(self, ill: str = "", not_ready: str = "") -> None:
        self.ill = lambda: ill
        self.not_ready = lambda: not_ready


def answer(path: str, loop: Patient) -> tuple[int, str, str]:
    """What the kubelet or Prometheus gets: code, type and text."""

    async def main() -> tuple[int, str, str]:
        runner = await probes.serve(cast("Loop", loop), 0)
        port = next(port for host, port, *_ in runner.addresses if "." in host)
        try:
            url = f"http://127.0.0.1:{port}{path}"
            async with aiohttp.ClientSession() as session, session.get(url) as found:
                return found.status, found.headers["Content-Type"], await found.text()
        finally:
            await runner.cleanup()

    return asyncio.run(main())


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_all_is_well(path: str) -> None:
    """The kubelet looks at the code, a person at the word."""
    code, _, text = answer(path, Patient())

    assert (code, text) == (200, "ok\n")


@pytest.mark.parametrize(
    ("path", "expected"), [("/healthz", 503), ("/readyz", 200), ("/metrics", 200)]
)
def test_an_ill_loop_is_restarted(path: str, expected: int) -> None:
    """It is not taken out of service besides, and still gives its metrics."""
    assert answer(path, Patient(ill="nothing heard of Service"))[0] == expected


def test_a_loop_that_is_not_ready_says_why() -> None:
    """`kubectl describe pod` shows it."""
    code, _, text = answer("/readyz", Patient(not_ready="the children have not been listed yet"))

    assert (code, text) == (503, "the children have not been listed yet\n")
    assert answer("/healthz", Patient(not_ready="x"))[0] == 200


def test_metrics_are_served_as_prometheus_reads_them() -> None:
    """Since its version 3 it reads nothing whose type it does not know."""
    _, kind, text = answer("/metrics", Patient())

    assert kind.startswith("text/plain;")
    assert "microservice_build_info" in text


def test_metrics_are_rendered_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of thousands of apps take a while, and every pass would wait for them."""
    renders: list[bool] = []

    def render() -> bytes:
        renders.append(threading.current_thread() is threading.main_thread())
        return b"a 1"

    monkeypatch.setattr(metrics, "render", render)

    assert answer("/metrics", Patient())[2] == "a 1"
    assert renders == [False]


def test_there_is_nothing_else() -> None:
    """No page that nobody has asked for."""
    assert answer("/", Patient())[0] == 404
