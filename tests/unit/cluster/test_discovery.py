from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from microservice_operator.cluster.api import Api, Unreachable
from microservice_operator.cluster.discovery import await_kind, serves
from microservice_operator.model.kinds import MICROSERVICE, SERVICE
from tests.unit.clock import run
from tests.unit.engine.answers import Answers, in_turn, refused

if TYPE_CHECKING:
    from microservice_operator.model import Kind

SERVED = {"resources": [{"name": "microservices"}, {"name": "microservices/status"}]}
EMPTY: dict[str, object] = {"resources": []}


class Closing(Answers):
    """A client that says whether it was closed."""

    closed = False

    @override
    async def close(self) -> None:
        """Note it."""
        self.closed = True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(SERVED, True), (EMPTY, False), (refused(404), False), (Unreachable("away"), False)],
    ids=["served", "not yet", "no group", "no answer"],
)
def test_a_kind_is_served_when_the_server_says_so(answer: object, *, expected: bool) -> None:
    """Every other answer means: not now."""
    api = Answers(in_turn([answer]))

    assert run(serves(api, MICROSERVICE)) is expected
    assert api.lines == ["GET /apis/microservices.dev/v1alpha1"]


@pytest.mark.parametrize(
    ("kind", "path"), [(SERVICE, "/api/v1"), (MICROSERVICE, "/apis/microservices.dev/v1alpha1")]
)
def test_a_group_is_asked_for_where_it_is(kind: Kind, path: str) -> None:
    """The core group has a path of its own."""
    assert kind.group_path == path


def test_a_kind_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator may be installed before its CRD; it asks with growing pauses, and tidies up."""
    api = Closing(in_turn([refused(404), EMPTY, SERVED]))

    async def connect() -> Api:
        return api

    async def main() -> float:
        started = asyncio.get_running_loop().time()
        await await_kind(MICROSERVICE, [1, 10, 100])
        return asyncio.get_running_loop().time() - started

    monkeypatch.setattr(Api, "connect", connect)
    assert run(main()) == pytest.approx(11)
    assert api.closed
