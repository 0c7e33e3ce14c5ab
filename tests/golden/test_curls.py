"""The words of the examples: what their comments have asked is what their routes are for."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from tests import golden
from tests.unit.routing.requests import Request, served

if TYPE_CHECKING:
    from pathlib import Path

CURL = re.compile(r"curl ((?:'[^']*'|\"[^\"]*\"|[^;`|'\"\n])+)")
ABOUT_NO_ROUTE = {":path", "authorization", "origin"}
SOMEWHERE_ELSE = {"example.org"}


Http = list[dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """What a comment has its readers ask."""

    host: str
    request: Request

    def without(self, *names: str) -> Request:
        """The same with nothing in these headers, and without cookies."""
        headers = {key: said for key, said in self.request.headers.items() if key not in names}
        return replace(self.request, headers=headers, cookies={})


def asked(example: Path) -> list[Asked]:
    """Every request of the comment at the top."""
    text = (golden.EXAMPLES / example).read_text()
    comment = "\n".join(takewhile(lambda line: line.startswith("#"), text.splitlines()))
    found = [
        Asked(urlsplit(url).hostname or "", _request(command, url))
        for command in map(shlex.split, CURL.findall(comment))
        for url in command
        if url.startswith("http")
    ]
    return [one for one in found if one.host not in SOMEWHERE_ELSE]


def _request(command: list[str], url: str) -> Request:
    parts = urlsplit(url)

    def given(flag: str) -> list[str]:
        return [value for option, value in pairwise(command) if option == flag]

    headers = dict(header.split(": ", 1) for header in given("-H"))
    return Request(
        path=parts.path,
        method=(given("-X") or ["GET"])[0],
        headers=headers | {":path": parts.path},
        query=dict(parse_qsl(parts.query)),
        cookies=dict(
            each.split("=", 1)
            for said in given("-b")
            for each in said.split("; ")
            if "=" in each  # else the name of a file
        ),
        scheme=parts.scheme,
    )


def routes(example: Path, host: str) -> Http | None:
    """What is served at this host; None where requests go straight to the pods."""
    children = [*yaml.safe_load_all(golden.render(example))]
    for child in children:
        if child["kind"] == "VirtualService":
            [name] = child["spec"]["hosts"]
            pattern = re.escape(name).replace(r"\*", ".+")
            if re.fullmatch(pattern, host) or name.startswith(f"{host}.default.svc"):
                http: Http = child["spec"]["http"]
                return http
    services = {child["metadata"]["name"] for child in children if child["kind"] == "Service"}
    assert host in services, f"nothing of the example is {host}"
    return None


@pytest.mark.parametrize("example", golden.examples(), ids=str)
def test_what_a_comment_asks_is_answered(example: Path) -> None:
    """By a route of the example; and each thing that is sent along is needed for it."""
    for one in asked(example):
        http = routes(example, one.host)
        if http is None:
            continue
        found = served(http, one.request)
        assert found, f"no route is for {one}"
        for name in one.request.headers.keys() - ABOUT_NO_ROUTE:
            assert served(http, one.without(name)) != found, f"{one} needs no {name}"
        assert not one.request.cookies or served(http, one.without()) != found


def test_most_comments_ask_something() -> None:
    """Else nothing at all would have been looked at."""
    assert len([example for example in golden.examples() if asked(example)]) >= 15
