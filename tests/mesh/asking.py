"""Requests to the mesh, from outside through a gateway or from a pod, and what came of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.cluster import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.mesh.bed import Bed


@dataclass(frozen=True)
class Answer:
    """What came of a request; without an answer the status is 0 and the error says why."""

    status: int
    headers: dict[str, str]
    body: str
    error: str

    @property
    def version(self) -> str:
        """The version of the test application that has answered; empty if none has."""
        return self.headers.get("x-version", "")

    @property
    def host(self) -> str:
        """The pod that has answered; empty if none has."""
        return self.headers.get("x-host", "")

    @cached_property
    def told(self) -> dict[str, Any]:
        """What the test application tells of the request as it has arrived."""
        told: dict[str, Any] = json.loads(self.body)
        return told


def answers(found: list[dict[str, Any]]) -> list[Answer]:
    """Decode what `app ask` prints."""
    return [Answer(**answer) for answer in found]


@dataclass(frozen=True)
class Outside:
    """Somebody outside the mesh: called with a host and a path, it asks through a gateway."""

    mesh: Bed
    method: str = "GET"

    def __call__(
        self, host: str, path: str = "/", headers: Mapping[str, str] | None = None, **how: str
    ) -> Answer:
        """Ask once."""
        [answer] = self.often(1, host, path, headers, **how)
        return answer

    def until(self, status: int, host: str, path: str = "/", **how: Any) -> Answer:
        """Ask until the answer has this status: soon after a change it may not."""

        def expected() -> Answer | None:
            answer = self(host, path, **how)
            return answer if answer.status == status else None

        return wait_until(expected, f"{status} from {host}{path}")

    def often(
        self,
        count: int,
        host: str,
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        **how: str,
    ) -> list[Answer]:
        """Ask again and again, over one connection; by which `gateway`, `scheme` and `method`."""
        return self._ask(f"-count={count}", host=host, path=path, headers=headers, **how)

    def talk(
        self,
        host: str,
        path: str,
        *messages: str,
        pause: str = "0s",
        headers: Mapping[str, str] | None = None,
        **how: str,
    ) -> Answer:
        """Open a WebSocket and say one message after another; the body has a line per answer."""
        said = [*(f"-say={message}" for message in messages), f"-pause={pause}"]
        [answer] = self._ask(*said, host=host, path=path, headers=headers, **how)
        return answer

    def _ask(
        self, *options: str, host: str, path: str, headers: Mapping[str, str] | None, **how: str
    ) -> list[Answer]:
        to = self.mesh.address(how.get("gateway", "public"))
        where = [f"-method={how.get('method', self.method)}", f"-to={to}"]
        said = [f"-header={name}:{value}" for name, value in (headers or {}).items()]
        url = f"{how.get('scheme', 'http')}://{host}{path}"
        return answers(json.loads(self.mesh.outside(*options, *where, *said, url)))
