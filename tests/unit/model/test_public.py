"""Public paths are public to the service as well, and nothing beside them is."""

from __future__ import annotations

from typing import Any

import pytest
import re2

from microservice_operator.errors import Invalid
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from tests import apps
from tests.unit.model.istio import Asked, allows
from tests.unit.model.tokens import PLATFORM, asking, exposed, guard


def test_public_paths_follow_the_rewrite_of_their_route() -> None:
    """The proxy that asks for tokens sees what the service sees."""
    routes = [
        {"name": "api", "match": {"path": {"prefix": "/api"}}, "rewrite": {"path": "/v2"}},
        {"name": "old", "match": {"path": {"exact": "/old"}}, "rewrite": {"path": "/new"}},
        {"name": "gone", "match": {"path": {"prefix": "/gone"}}, "redirect": {"path": "/v2"}},
        {"name": "one", "match": {"path": {"exact": "/one"}}},
        {"name": "any", "match": {"path": {"regex": "/x[0-9]+"}}, "rewrite": {"path": "/y"}},
    ]
    public = ["/api/products", "/api/products/*", "/old"]
    found = guard(exposed(**asking(publicPaths=public), routes=routes)).rules

    def is_open(path: str) -> bool:
        return allows(found, Asked("edge/public-gateway", path=path))

    assert all(is_open(path) for path in ("/v2/products", "/v2/products/1", "/new"))
    assert not any(is_open(path) for path in ("/products", "/v2", "/v2/orders", "/old", "/y"))


def test_the_root_is_public_under_another_folder() -> None:
    """It keeps its slash there, and only that is open."""
    routes = [{"name": "all", "rewrite": {"path": "/v2"}}]
    found = guard(exposed(**asking(publicPaths=["/", "/a"]), routes=routes)).rules

    opened = {
        path: allows(found, Asked("edge/public-gateway", path=path))
        for path in ("/v2/", "/v2/a", "/v2", "/v2/b", "/")
    }

    assert opened == {"/v2/": True, "/v2/a": True, "/v2": False, "/v2/b": False, "/": False}


@pytest.mark.parametrize(
    ("public", "routes"),
    [
        (["/assets/*"], [("/assets", "/"), ("/admin", "/")]),
        (["/assets/*"], [("/assets", None), ("/admin", "/assets")]),
        (["/api/*"], [("/api", "/")]),
        (["/"], [("/", None), ("/admin", "/")]),
    ],
    ids=str,
)
def test_what_a_rewrite_makes_one_of_is_refused_when_only_a_part_is_public(
    public: list[str], routes: list[tuple[str, str | None]]
) -> None:
    """Else the private part would be open as well."""
    said = [
        {"name": f"r{number}", "match": {"path": {"prefix": prefix}}}
        | ({"rewrite": {"path": new}} if new else {})
        for number, (prefix, new) in enumerate(routes)
    ]

    with pytest.raises(Invalid, match=r"publicPaths: cannot hold behind the rewrite"):
        guard(exposed(**asking(publicPaths=public), routes=said))


def test_an_expression_that_is_rewritten_is_public_only_where_everything_is() -> None:
    """Nobody knows which paths it stands for."""
    routes = [{"name": "a", "match": {"path": {"regex": "/x.*"}}, "rewrite": {"path": "/y"}}]

    everything = guard(exposed(**asking(publicPaths=["/*"]), routes=routes)).rules
    assert allows(everything, Asked("edge/public-gateway", path="/y"))
    with pytest.raises(Invalid, match="cannot hold"):
        guard(
            exposed(
                **asking(publicPaths=["/a"]),
                routes=[
                    *routes,
                    {"name": "b", "match": {"path": {"exact": "/a"}}, "rewrite": {"path": "/y"}},
                ],
            )
        )


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/public/a", True),
        ("/public/%41%20?b=%2f;", True),
        ("/public/..%2fprivate", False),
        ("/public/..%5Cprivate", False),
        ("/public/..;/private", False),
        ("/public/%", False),
    ],
)
def test_where_something_is_public_only_plain_paths_are_served(path: str, *, plain: bool) -> None:
    """An application may read the others as paths that are not public."""
    body = apps.body(exposure=[exposed(**asking(publicPaths=["/public/*"])), exposed("internal")])
    guarded, other = understand(body, PLATFORM, Facts(mesh=True)).exposures

    [condition] = guarded.routes[0].match.headers
    assert condition.name == ":path"
    assert bool(re2.fullmatch(condition.value, path)) == plain
    assert other.routes[0].match.headers == ()


@pytest.mark.parametrize(
    ("caller", "narrow"),
    [
        ({"gateway": "public"}, True),
        ({"gateway": "partners"}, True),
        ({"serviceAccount": "public-gateway", "namespace": "edge"}, True),
        ({"gateway": "internal"}, False),
        ({"gateway": "nobody"}, False),
        ({"service": "public-gateway"}, False),
    ],
)
def test_where_a_gateway_is_let_in_to_some_paths_only_plain_ones_are_served(
    caller: dict[str, Any], *, narrow: bool
) -> None:
    """A policy would let `/orders/..%2fadmin` pass for something below `/orders`."""

    def conditions(**limit: Any) -> list[str]:
        body = apps.body(exposure=[exposed()], allowFrom=[{**caller, **limit}])
        [exposure] = understand(body, PLATFORM, Facts(mesh=True)).exposures
        return [each.name for each in exposure.routes[0].match.headers]

    assert conditions(paths=["/orders/*"]) == ([":path"] if narrow else [])
    assert conditions() == []
