"""What an app claims of hosts, and what of it is not served yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from microservice_operator.routing.claiming import claims
from microservice_operator.routing.claims import Site
from tests import apps

AUTH = {"issuer": "https://idp.example", "jwksUri": "https://idp.example/keys"}


@pytest.mark.parametrize(("proxied", "served"), [(True, True), (False, False), (None, False)])
def test_who_needs_a_token_is_asked_for_it_or_not_served(
    *, proxied: bool | None, served: bool
) -> None:
    """The proxies of the pods ask: until there is one in each, the host is claimed and empty."""
    exposure: dict[str, Any] = {"name": "a", "gateway": "public", "hosts": ["a.example"]}
    open_to_all = {**exposure, "name": "b", "hosts": ["b.example"]}
    app = apps.meshed(exposure=[{**exposure, "auth": AUTH}, open_to_all])
    app = replace(app, mesh=replace(app.mesh, proxied=proxied))

    found = {claim.site: (bool(claim.rules), claim.withheld) for claim in claims(app, "")}

    closed, others = Site("public", "a.example"), Site("public", "b.example")
    assert found == {closed: (served, not served), others: (True, False)}


def test_a_route_to_a_version_that_has_not_arrived_is_kept_as_it_is() -> None:
    """Nobody else gets the host of one that has no other route."""
    to_new: dict[str, Any] = {"name": "new", "match": {"methods": ["PUT"]}, "to": {"version": "v2"}}
    exposure: dict[str, Any] = {"name": "a", "gateway": "public", "hosts": ["a.example"]}
    alone = {**exposure, "name": "b", "hosts": ["b.example"], "routes": [{**to_new, "name": "b"}]}
    beside = {**exposure, "routes": [{"name": "all"}, to_new]}
    app = apps.meshed(exposure=[beside, alone], versions=[{"name": "v2", "image": "a"}])
    [version] = app.versions

    first, second = claims(replace(app, versions=(replace(version, arrived=False),)), "")
    later, _ = claims(app, "")

    assert [rule.name for rule in first.rules] == ["orders.all"]
    assert [rule.name for rule in second.rules] == []
    assert [sorted(each.kept) for each in (first, second, later)] == [
        ["orders.new"],
        ["orders.b"],
        [],
    ]
    assert [each.withheld for each in (first, second, later)] == [False, True, False]
    assert {rule.name for rule in later.rules} == {"orders.all", "orders.new"}
