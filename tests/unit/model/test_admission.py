"""Whom the mesh lets in: what the spec says of callers, and nothing beside."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import apps
from tests.unit.model.istio import Asked, allows

PORTS = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 81}]
TARGETS = {"http": 8080, 80: 8080, "admin": 81, 81: 81}
PATHS = ("/", "/orders", "/orders/1", "/orders/1/a", "/ordersx", "/reports/2")
OFFERED = ("/orders", "/orders/*", "/*", "/")
CALLERS = st.fixed_dictionaries(
    {},
    optional={
        "namespace": st.sampled_from(["shop", "office"]),
        "ports": st.lists(st.sampled_from([*TARGETS]), min_size=1, max_size=2),
        "methods": st.lists(st.sampled_from(["GET", "POST"]), min_size=1, max_size=2),
        "paths": st.lists(
            st.sampled_from(["/orders", "/orders/*", "/*", "/"]), min_size=1, max_size=2
        ),
    },
).flatmap(
    lambda limits: st.sampled_from(
        [{"service": "web"}, {"service": "orders"}, {"serviceAccount": "batch"}, {}]
    ).map(lambda who: who | limits)
)
REQUESTS = [
    Asked(account, port, method, path)
    for account, port, method, path in product(
        ("", "shop/web", "shop/orders", "shop/batch", "office/web", "office/batch", "edge/web"),
        (8080, 81),
        ("GET", "POST"),
        PATHS,
    )
]


def rules(**spec: Any) -> Any:
    """Whom such an app lets in, in the words of the mesh."""
    return apps.meshed(ports=PORTS, **spec).guard.rules


def admitted(caller: dict[str, Any], asked: Asked) -> bool:
    """What a reader takes an entry of `allowFrom` for."""
    namespace, _, account = asked.account.partition("/")
    who = caller.get("service") or caller.get("serviceAccount")
    return (
        asked.account != ""
        and namespace == caller.get("namespace", "shop")
        and who in {None, account}
        and asked.port in {TARGETS[port] for port in caller.get("ports", TARGETS)}
        and asked.method in caller.get("methods", [asked.method])
        and any(_below(path, asked.path) for path in caller.get("paths", ["/*"]))
    )


def _below(path: str, asked: str) -> bool:
    return asked.startswith(path[:-1]) if path.endswith("/*") else asked == path


@given(st.lists(CALLERS.filter(lambda each: "service" in each or "namespace" in each), max_size=4))
def test_who_is_let_in_is_who_the_spec_names(callers: list[dict[str, Any]]) -> None:
    """By identity, port, method and path; in every combination, and nobody without an identity."""
    found = rules(allowFrom=callers)

    for asked in REQUESTS:
        assert allows(found, asked) == any(admitted(each, asked) for each in callers), asked


def test_silence_lets_everybody_in_and_an_empty_list_nobody() -> None:
    """Absence means something: no policy at all."""
    assert rules() is None
    assert rules(allowFrom=[]) == ()
    [policy] = [
        each
        for kind, each in apps.children(apps.meshed(allowFrom=[])).items()
        if kind == "AuthorizationPolicy"
    ]
    assert policy["spec"]["action"] == "ALLOW"
    assert policy["spec"]["rules"] == []


def test_who_names_itself_is_let_in_by_the_account_that_it_has() -> None:
    """Of itself an app knows which account it runs as; of others it knows the name only."""
    spec: dict[str, Any] = {"serviceAccountName": "clerk", "allowFrom": [{"service": "orders"}]}

    assert allows(rules(**spec), Asked("shop/clerk"))
    assert not allows(rules(**spec), Asked("shop/orders"))


def test_the_same_caller_twice_is_one_rule() -> None:
    """What the spec repeats is said once."""
    twice = [{"service": "web"}, {"service": "web", "namespace": "shop"}]

    assert len(rules(allowFrom=twice)) == 1


def test_without_a_mesh_there_is_no_policy() -> None:
    """Nobody would keep it, and nobody serves its kind."""
    spec: dict[str, Any] = {"allowFrom": [{"service": "web"}], "calls": []}

    kinds = apps.children(apps.app(**spec))
    assert not kinds.keys() & {"AuthorizationPolicy", "Sidecar", "ServiceEntry"}
    assert apps.app(**spec).mesh.lacking == ""


@pytest.mark.parametrize("limit", [{"methods": ["GET"]}, {"paths": ["/a"]}], ids=str)
def test_what_only_a_mesh_can_tell_apart_is_told_where_there_is_none(limit: Any) -> None:
    """A network policy lets the caller ask for anything."""
    lacking = apps.app(allowFrom=[{"service": "web"} | limit]).mesh.lacking

    assert lacking.startswith("`allowFrom` needs a mesh")
