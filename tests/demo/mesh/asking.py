"""Requests of a person on this machine, through the port of a gateway."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.demo.screen import Screen

LONGEST = 88  # of a line of an answer that is shown


@dataclass(frozen=True)
class Answer:
    """What came of a request; no version and no pod if none of the shop has answered."""

    status: int
    version: str
    pod: str


@dataclass(frozen=True)
class Site:
    """A host at a gateway that has a port of this machine."""

    host: str
    port: int

    def curl(self, screen: Screen, path: str = "/", *options: str) -> None:
        """Show a request as a person would send it, and how the answer begins."""
        command = ["curl", "-si", *options, self.url(path)]
        screen.command(shlex.join(command))
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        head, _, body = done.stdout.partition("\n\n")
        for line in (*head.splitlines()[:1], *body.splitlines()[:1]):
            screen.detail(line if len(line) <= LONGEST else f"{line[:LONGEST]}…")

    def url(self, path: str = "/") -> str:
        """Its address; curl and browsers look for `*.localhost` here."""
        return f"http://{self.host}:{self.port}{path}"

    def ask(
        self, count: int = 1, path: str = "/", headers: Mapping[str, str] | None = None
    ) -> list[Answer]:
        """Ask again and again, over one connection."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        said = {"Host": f"{self.host}:{self.port}", **(headers or {})}
        try:
            return [_answered(connection, path, said) for _ in range(count)]
        finally:
            connection.close()

    def serves(self, path: str = "/") -> bool:
        """Whether its gateway knows where to go with this path."""
        try:
            return self.ask(1, path)[0].status == HTTPStatus.OK
        except OSError:  # the way to the gateway is being made
            return False


def _answered(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> Answer:
    connection.request("GET", path, headers=dict(headers))
    response = connection.getresponse()
    response.read()
    who = (response.headers.get(name, "") for name in ("x-version", "x-host"))
    return Answer(response.status, *who)
