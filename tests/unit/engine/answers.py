"""An API client that answers what a test wants, and remembers what it was asked."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import override

from microservice_operator.cluster.api import JSON, Api, ApiError
from microservice_operator.cluster.events import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from microservice_operator.cluster.events import Happening


class Sent(NamedTuple):
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    content: str


class Answers(Api):
    """Answers each request by asking a function; what that raises is raised."""

    def __init__(self, answer: Callable[[Sent], object]) -> None:
        self.sent: list[Sent] = []
        self.answer = answer

    @override
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content: str = JSON,
        accept: str = JSON,
    ) -> bytes:
        sent = Sent(method, path, dict(query or {}), body, content)
        self.sent.append(sent)
        return json.dumps(self.answer(sent)).encode()

    @override
    async def direct(self, method: str, path: str, body: object, content: str = JSON) -> bytes:
        return await self.request(method, path, body=body, content=content)

    @property
    def lines(self) -> list[str]:
        """What was asked, one line each."""
        return [f"{sent.method} {sent.path}" for sent in self.sent]


class Noted(Recorder):
    """Remembers happenings and posts none."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []

    @override
    def note(self, happening: Happening) -> None:
        self.happenings.append(happening)

    @property
    def notes(self) -> list[str]:
        """What was told."""
        return [f"{happening.reason}: {happening.note}" for happening in self.happenings]


def in_turn(answers: Iterable[object]) -> Callable[[Sent], object]:
    """Answer with one after the other; an error is raised."""
    left = deque(answers)

    def answer(_: Sent) -> object:
        following = left.popleft()
        if isinstance(following, Exception):
            raise following
        return following

    return answer


def refused(code: int, message: str = "no") -> ApiError:
    """A refusal."""
    return ApiError(code, "", message)
