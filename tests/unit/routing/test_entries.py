"""What becomes of a request, in the words of the mesh."""

from __future__ import annotations

from typing import Any

import pytest
import re2

from tests.unit.routing.routes import HERE, entries, entry


def test_a_route_without_a_word_is_a_destination() -> None:
    """No match, no weight, no timeout."""
    assert entry() == {"name": "orders.r0", "route": [HERE]}


@pytest.mark.parametrize(
    ("asked", "new", "paths"),
    [
        ({"prefix": "/orders"}, "/", {"/orders": "/", "/orders/": "/", "/orders/x/": "/x/"}),
        ({"prefix": "/orders"}, "/", {"/orders//x": "/x"}),
        (
            {"prefix": "/orders"},
            "/v2/",
            {"/orders": "/v2", "/orders/": "/v2/", "/orders/x": "/v2/x"},
        ),
        ({"prefix": "/a.b"}, "/v2", {"/a.b/a.b": "/v2/a.b"}),
        ({"prefix": "/"}, "/v2", {"/": "/v2/", "/x/y": "/v2/x/y"}),
        (None, "/", {"/": "/", "/x": "/x"}),
        ({"exact": "/orders"}, "/v2/best", {"/orders": "/v2/best"}),
        ({"regex": "/o/[0-9]+"}, "/", {"/o/12": "/"}),
    ],
)
def test_a_rewritten_path_has_the_slashes_that_it_should(
    asked: Any, new: str, paths: dict[str, str]
) -> None:
    """Never two where there was one, and never none."""
    match = {"match": {"path": asked}} if asked else {}
    how = entry(rewrite={"path": new}, **match)["rewrite"]["uriRegexRewrite"]

    assert {path: re2.sub(how["match"], how["rewrite"], path) for path in paths} == paths


def test_another_host_goes_to_the_service() -> None:
    """With the path as it was."""
    assert entry(rewrite={"host": "b.example"})["rewrite"] == {"authority": "b.example"}


def test_a_redirect_asks_no_service() -> None:
    """It says what is different, and how it is told."""
    found = entry(redirect={"scheme": "https", "host": "b.example", "path": "/c", "code": 308})

    assert found == {
        "name": "orders.r0",
        "redirect": {"scheme": "https", "authority": "b.example", "uri": "/c", "redirectCode": 308},
    }
    assert entry(redirect={"path": "/c"})["redirect"] == {"uri": "/c", "redirectCode": 301}


def test_whoever_asks_by_http_is_sent_to_https_first() -> None:
    """Route by route, so that others at this host are as they were."""
    match = {"match": {"path": {"prefix": "/a"}}}

    by_http, by_https = entries(match, https=True)

    assert [each["scheme"] for each in by_http["match"]] == [{"exact": "http"}] * 2
    assert [each["uri"] for each in by_http["match"]] == [each["uri"] for each in by_https["match"]]
    assert by_http["redirect"] == {"scheme": "https", "redirectCode": 301}
    assert "route" not in by_http


def test_a_redirect_with_a_scheme_needs_no_second_one() -> None:
    """It says itself where to go."""
    assert len(entries({"redirect": {"scheme": "https"}}, https=True)) == 1
    assert len(entries({"redirect": {"path": "/b"}}, https=True)) == 2


def test_nobody_is_sent_in_a_circle() -> None:
    """Who is sent to another scheme, and nowhere else, asks by the other one."""
    redirects: list[dict[str, Any]] = [
        {"scheme": "https", "code": 308},
        {"scheme": "http"},
        {"scheme": "https", "path": "/b"},
        {"host": "b.example"},
    ]

    found = [entry(redirect=redirect).get("match") for redirect in redirects]

    by_http, by_https = ([{"scheme": {"exact": scheme}}] for scheme in ("http", "https"))
    assert found == [by_http, by_https, None, None]


def test_header_values_are_as_they_are() -> None:
    """A proxy would fill in what stands between two `%`, and refuse a single one."""
    changes = {"set": [{"name": "x-a", "value": "100%"}], "remove": ["x-b"]}

    assert entry(headers={"request": changes})["headers"] == {
        "request": {"set": {"x-a": "100%%"}, "remove": ["x-b"]}
    }


def test_what_holds_for_all_callers_holds_at_the_edge() -> None:
    """Unless the route says more, field by field; a stream has no end and no second try."""
    patience = {"timeout": "3s", "retries": {"attempts": 0}}
    routes: list[dict[str, Any]] = [
        {"match": {"path": {"prefix": "/a"}}},
        {"match": {"path": {"prefix": "/b"}}, "timeout": "9s"},
        {"match": {"path": {"prefix": "/c"}}, "retries": {"attempts": 1}},
        {"match": {"path": {"prefix": "/d"}}, "streaming": True},
    ]

    plain, longer, again, stream = entries(*routes, resilience=patience)

    assert (plain["timeout"], plain["retries"]) == ("3s", {"attempts": 0})
    assert (longer["timeout"], longer["retries"]) == ("9s", {"attempts": 0})
    assert (again["timeout"], again["retries"]["attempts"]) == ("3s", 1)
    assert "timeout" not in stream
    assert stream["retries"] == {"attempts": 0}


def test_faults_hit_as_many_as_they_should() -> None:
    """All of them where nothing is said."""
    fault = {"delay": {"duration": "2s"}, "abort": {"code": 503, "percent": 10}}

    assert entry(fault=fault)["fault"] == {
        "delay": {"fixedDelay": "2s", "percentage": {"value": 100}},
        "abort": {"httpStatus": 503, "percentage": {"value": 10}},
    }
