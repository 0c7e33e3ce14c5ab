"""Which requests a route is for, in the words of the mesh."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
import re2

from microservice_operator.errors import Invalid
from microservice_operator.routing.claiming import claims
from microservice_operator.routing.claims import Site
from microservice_operator.routing.values import asked
from tests import apps
from tests.unit.routing.routes import HERE, entries, entry


@pytest.mark.parametrize(
    ("cookies", "found"),
    [
        ("group=beta; theme=dark", True),
        ("theme=dark;group=beta", True),
        ("a=1; group=beta; b=2; theme=dark; c=3", True),
        ("group=beta2; theme=dark", False),
        ("xgroup=beta; theme=dark", False),
        ("group=beta", False),
        ("group=x; y=group=beta; theme=dark", False),
    ],
)
def test_a_cookie_is_matched_as_a_whole(cookies: str, *, found: bool) -> None:
    """In any position, beside any others."""
    asked = [{"name": "group", "exact": "beta"}, {"name": "theme", "prefix": "d"}]
    [match] = entry(match={"cookies": asked})["match"]

    assert (re2.fullmatch(match["headers"]["cookie"]["regex"], cookies) is not None) == found


TO = [{"name": "v2", "image": "a"}]


def test_a_route_to_a_version_is_for_it_alone() -> None:
    """The spec's own version may be named as well; a mirror gets a copy."""
    routes: list[dict[str, Any]] = [
        {"match": {"path": {"prefix": "/a"}}, "to": {"version": "v2"}, "mirror": {"version": "v1"}},
        {"to": {"version": "v1"}},
    ]

    new, old = entries(*routes, versions=[{**TO[0], "weight": 50}])

    assert [each["destination"]["host"].partition(".")[0] for each in new["route"]] == ["orders-v2"]
    assert new["mirrors"] == [{**HERE, "percentage": {"value": 100}}]
    assert old["route"] == [HERE]


def test_a_version_gets_no_copy_of_what_it_serves_alone() -> None:
    """A request that it asks for whole would reach it twice; where it has a share it gets all."""
    chosen = {**TO[0], "match": [{"headers": [{"name": "group", "exact": "beta"}]}]}
    mirror: dict[str, Any] = {"mirror": {"version": "v2"}}

    special, rest = entries(mirror, versions=[chosen])
    [shared] = entries(mirror, versions=[{**TO[0], "weight": 50}])

    assert "mirrors" not in special
    assert [each["destination"]["host"].partition(".")[0] for each in rest["mirrors"]] == [
        "orders-v2"
    ]
    assert shared["mirrors"] == rest["mirrors"]


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        ({"exact": "12"}, {"exact": "12"}, {"exact": "12"}),
        ({"exact": "12"}, {"prefix": "1"}, {"exact": "12"}),
        ({"regex": "[0-9]+"}, {"exact": "12"}, {"exact": "12"}),
        ({"prefix": "1"}, {"prefix": "12"}, {"regex": "12.*"}),
        ({"present": True}, {"prefix": "1"}, {"regex": "1.*"}),
        ({"regex": "[0-9]+"}, {"present": True}, {"regex": "[0-9]+"}),
        ({"exact": "2"}, {"prefix": "1"}, None),
        ({"exact": "2"}, {"exact": "1"}, None),
        ({"regex": "[0-9]+"}, {"prefix": "1"}, None),
        ({"present": False}, {"exact": "1"}, None),
        ({"exact": "1"}, {"present": False}, None),
    ],
)
def test_a_route_and_a_version_may_ask_for_the_same_header(
    mine: Any, theirs: Any, together: Any
) -> None:
    """The mesh takes one condition for each; what no single one says, the version does without."""
    version = {**TO[0], "match": [{"headers": [{"name": "x-a", **theirs}]}]}

    found = entries({"match": {"headers": [{"name": "x-a", **mine}]}}, versions=[version])

    to_version = [each["match"][0]["headers"] for each in found if "-v2" in str(each["route"])]
    assert to_version == ([] if together is None else [{"x-a": together}])


def test_cookies_of_a_route_and_a_version_must_all_be_there() -> None:
    """Each of them once, in any order."""
    version = {**TO[0], "match": [{"cookies": [{"name": "b", "exact": "2"}]}]}

    both, mine = entries({"match": {"cookies": [{"name": "a", "exact": "1"}]}}, versions=[version])

    expression = both["match"][0]["headers"]["cookie"]["regex"]
    assert re2.fullmatch(expression, "b=2; a=1")
    assert not re2.fullmatch(expression, "a=1")
    assert re2.fullmatch(mine["match"][0]["headers"]["cookie"]["regex"], "a=1")


def test_exposures_that_share_a_host_are_one_claim() -> None:
    """A gateway and a host are held once; only their routes must be told apart."""
    one = {"name": "a", "gateway": "public", "hosts": ["a.example", "b.example"]}
    other = {"name": "b", "gateway": "public", "hosts": ["A.example"], "routes": [{"name": "x"}]}

    found = claims(apps.meshed(exposure=[one, other]), "")

    assert {claim.site: [rule.name for rule in claim.rules] for claim in found} == {
        Site("public", "a.example"): ["orders.all", "orders.x"],
        Site("public", "b.example"): ["orders.all"],
    }
    with pytest.raises(Invalid, match=r"exposure\[1\]\.routes: must not have the name 'all'"):
        apps.meshed(exposure=[one, {**one, "name": "b"}])


@pytest.mark.parametrize("mode", ["Plan", "Paused"])
def test_what_is_not_to_be_done_claims_what_is(mode: str) -> None:
    """Its live rules are carried over."""
    exposure = [{"name": "a", "gateway": "public", "hosts": ["a.example"]}]

    [claim] = claims(apps.meshed(exposure=exposure, mode=mode), "")

    assert claim.carried
    assert claim.rules == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"exact": "a.*"}, ("exact", "a.*")),
        ({"prefix": "a"}, ("prefix", "a")),
        ({"regex": "a.*"}, ("prefix", "a")),
        ({"regex": r"a\.b.*"}, ("prefix", "a.b")),
        ({"regex": "a.b.*"}, ("regex", "a.b.*")),
        ({"regex": "[0-9]+"}, ("regex", "[0-9]+")),
        ({"regex": ".*"}, ("present", "")),
        ({}, ("present", "")),
    ],
)
def test_a_condition_is_the_same_however_it_is_written(written: Any, meant: Any) -> None:
    """What is live may have been written otherwise, and asks for the same requests."""
    assert asked(written) == meant


def test_a_header_that_both_want_to_be_missing_is_missing() -> None:
    """All requests of the route are the version's then."""
    missing = {"headers": [{"name": "x-a", "present": False}]}

    [to_version] = entries({"match": missing}, versions=[{**TO[0], "match": [missing]}])

    assert to_version["match"] == [{"withoutHeaders": {"x-a": {}}}]


@pytest.mark.parametrize(
    ("mine", "theirs", "sent", "to_version"),
    [
        ({"present": True}, {"exact": "1"}, "a=1", True),
        ({"exact": "1"}, {"present": True}, "x=0; a=1", True),
        ({"prefix": "1"}, {"prefix": "1.2"}, "a=1.23", True),
        ({"prefix": "1"}, {"prefix": "1.2"}, "a=1x2", False),
        ({"exact": "1"}, {"exact": "1"}, "a=1", True),
        ({"exact": "1"}, {"exact": "2"}, "a=1", False),
        ({"exact": "1"}, {"prefix": "2"}, "a=1", False),
    ],
)
def test_one_cookie_may_be_what_a_route_and_a_version_ask_for(
    mine: Any, theirs: Any, sent: str, *, to_version: bool
) -> None:
    """It need not be there twice."""
    version = {**TO[0], "match": [{"cookies": [{"name": "a", **theirs}]}]}

    found = entries({"match": {"cookies": [{"name": "a", **mine}]}}, versions=[version])

    expressions = [(each, each["match"][0]["headers"]["cookie"]["regex"]) for each in found]
    first = next(each for each, expression in expressions if re2.fullmatch(expression, sent))
    assert ("-v2" in str(first)) == to_version


def test_a_parameter_may_be_called_as_a_header_is() -> None:
    """Of the query, `cookie` is a name like any other."""
    version = {**TO[0], "match": [{"query": [{"name": "cookie", "exact": "12"}]}]}
    asked = {"query": [{"name": "cookie", "prefix": "1"}]}

    to_version, _ = entries({"match": asked}, versions=[version])

    assert to_version["match"] == [{"queryParams": {"cookie": {"exact": "12"}}}]


def cookies(*names: str, value: str = "some-value") -> list[dict[str, str]]:
    """Cookies of these names."""
    return [{"name": name, "exact": value} for name in names]


def test_no_expression_is_longer_than_the_mesh_takes() -> None:
    """Istio refuses more than 1024 characters, and with them all that the host serves."""
    mine, theirs = cookies("group", "theme"), cookies("preview", "region")
    version = {**TO[0], "match": [{"cookies": theirs}]}

    both = {"path": {"prefix": "/a"}, "cookies": mine}

    to_version, _ = entries({"match": both}, versions=[version])

    found = {each["headers"]["cookie"]["regex"] for each in to_version["match"]}
    assert max(map(len, found)) <= 1024
    for order in permutations([*mine, *theirs]):
        sent = "; ".join(f"{one['name']}={one['exact']}" for one in order)
        fitting = [each for each in found if re2.fullmatch(each, sent)]
        assert len(fitting) == 1
        assert not any(re2.fullmatch(each, sent.removesuffix("ue")) for each in found)


def test_callers_inside_ask_in_short_expressions_as_well() -> None:
    """Two long cookies are two matches, one for each order."""
    asks = [{**TO[0], "match": [{"cookies": cookies("a", "b", value="x" * 256)}]}]

    service = apps.children(apps.meshed(versions=asks))["VirtualService"]

    to_version, _ = service["spec"]["http"]
    assert [match["port"] for match in to_version["match"]] == [80, 80]
    assert all(len(each["headers"]["cookie"]["regex"]) <= 1024 for each in to_version["match"])


def test_what_no_expression_is_long_enough_for_is_refused() -> None:
    """Of a route or a version alone; what both ask for together, the version does without."""
    long = cookies("a" * 128, "b", value="x" * 256)
    very = cookies("." * 128, "b", value="." * 256)
    asks = [{"name": "v2", "image": "a", "match": [{"cookies": long}]}]

    mine = {"match": {"cookies": cookies("c", "d", value="x" * 256)}}

    assert len(entries(mine, versions=asks)) == 1
    with pytest.raises(Invalid, match=r"exposure\[0\]\.routes\[0\]\.match\.cookies: must have sh"):
        entry(match={"cookies": very})
    with pytest.raises(Invalid, match=r"versions\[v2\]\.match\[0\]\.cookies: must have shorter"):
        entries({}, versions=[{**asks[0], "match": [{"cookies": very}]}])
