"""What pages of other origins may do, and what browsers ask beforehand."""

from __future__ import annotations

from typing import Any

import pytest
import re2

from tests.unit.routing.routes import entry


def test_browsers_may_ask_beforehand() -> None:
    """Also where the route is for some methods only; an origin may have a `*`."""
    cors = {"origins": ["*", "https://a.example", "https://*.b.example"], "maxAge": "1m"}

    found = entry(match={"methods": ["PUT"]}, cors=cors)
    anybody = entry(cors={"origins": ["*"]})
    listed = entry(match={"methods": ["OPTIONS", "PUT"]}, cors={"origins": ["*"]})

    assert found["match"] == [
        {"method": {"exact": "PUT"}},
        {
            "method": {"exact": "OPTIONS"},
            "headers": {"access-control-request-method": {"exact": "PUT"}},
        },
    ]
    *_, pattern = found["corsPolicy"]["allowOrigins"]
    assert re2.fullmatch(pattern["regex"], "https://x.b.example")
    assert not re2.fullmatch(pattern["regex"], "https://b.example")
    assert not re2.fullmatch(pattern["regex"], "https://evil/.b.example")
    assert found["corsPolicy"]["unmatchedPreflights"] == "IGNORE"
    assert "match" not in anybody
    assert len(listed["match"]) == 1


@pytest.mark.parametrize(
    ("match", "said", "allowed"),
    [
        (["PUT", "GET"], None, ["GET", "PUT"]),
        (["PUT", "GET"], ["GET"], ["GET"]),
        (None, ["DELETE"], ["DELETE"]),
        (None, None, None),
    ],
    ids=["of the route", "fewer", "own", "the harmless ones"],
)
def test_pages_may_use_the_methods_of_the_route(match: Any, said: Any, allowed: Any) -> None:
    """Unless they are told others; browsers try GET, HEAD and POST without being told."""
    cors = {"origins": ["https://a.example"]} | ({"methods": said} if said else {})
    found = entry(cors=cors, **({"match": {"methods": match}} if match else {}))

    assert found["corsPolicy"].get("allowMethods") == allowed
