"""Tokens for callers from outside: they let in whom a reader of the spec would let in."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservice_operator.errors import Invalid
from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from tests import apps
from tests.unit.model.istio import Asked, allows
from tests.unit.model.tokens import IDP, OTHER_IDP, PLATFORM, asking, exposed, guard

GATES = {
    "public": "edge/public-gateway",
    "partners": "edge/public-gateway",
    "internal": "edge/internal-gateway",
}
ACCOUNTS = ("", "shop/web", "edge/public-gateway", "edge/internal-gateway", "edge/other")
PATHS = ("/", "/orders", "/assets/a", "/assetsx", "/v2/assets/a")
TOKENS: list[dict[str, Any]] = [
    {},
    {"iss": IDP, "sub": "ada", "aud": ["shop"], "realm": {"roles": ["customer"]}},
    {"iss": IDP, "sub": "ada", "aud": ["shop"], "realm": {"roles": ["guest"]}},
    {"iss": IDP, "sub": "ada", "aud": ["bank"], "realm": {"roles": ["customer"]}},
    {"iss": OTHER_IDP, "sub": "eve", "aud": ["shop"], "realm": {"roles": ["customer"]}},
]


AUTHS = st.sampled_from(
    [
        {},
        asking(),
        asking(audiences=["shop"], publicPaths=["/assets/*"]),
        asking(required=[{"claim": "realm[roles]", "values": ["customer", "clerk"]}]),
        asking(OTHER_IDP, publicPaths=["/orders", "/"]),
    ]
)
CALLERS = st.lists(
    st.sampled_from(
        [
            {"service": "web"},
            {"namespace": "edge"},
            {"namespace": "edge", "methods": ["GET"]},
            {"gateway": "public", "methods": ["GET"]},
            {"gateway": "internal", "paths": ["/orders", "/assets/*"]},
            {"serviceAccount": "public-gateway", "namespace": "edge", "paths": ["/assets/*"]},
        ]
    ),
    max_size=3,
)
REQUESTS = [
    Asked(account=account, method=method, path=path, host=host, token=token)
    for account, method, path, host, token in product(
        ACCOUNTS, ("GET", "POST"), PATHS, ("a.example", "B.example:8443", "c.example"), TOKENS
    )
]


def is_good(auth: dict[str, Any], asked: Asked) -> bool:
    """What a reader takes `auth` for."""
    if any(_below(path, asked.path) for path in auth.get("publicPaths", ())):
        return True
    token = asked.token
    return (
        token.get("iss") == auth["issuer"]
        and (not auth.get("audiences") or bool({*token["aud"]} & {*auth["audiences"]}))
        and all({*one["values"]} & {*token["realm"]["roles"]} for one in auth.get("required", ()))
    )


def is_named(caller: dict[str, Any], asked: Asked, *, gates: set[str]) -> bool:
    """What a reader takes an entry of `allowFrom` for; a namespace does not mean its gateways."""
    namespace, _, account = asked.account.partition("/")
    if "gateway" in caller:
        who = asked.account == GATES[caller["gateway"]]
    else:
        name = caller.get("service") or caller.get("serviceAccount")
        who = namespace == caller.get("namespace", "shop") and name in {None, account}
        who = who and not (name is None and asked.account in gates)
    methods, paths = caller.get("methods", [asked.method]), caller.get("paths", ["/*"])
    return who and asked.method in methods and any(_below(each, asked.path) for each in paths)


def expected(
    callers: list[dict[str, Any]] | None, exposures: list[dict[str, Any]], asked: Asked
) -> bool:
    """Who may call at all, and, of those who come in through a gateway, who has a token."""
    host = asked.host.lower().partition(":")[0]
    here = [each for each in exposures if GATES[each["gateway"]] == asked.account]
    alike = [each.get("auth") for each in here]
    meant = here if all(each == alike[0] for each in alike) else []
    meant = meant or [each for each in here if host in each["hosts"]]
    if here and not meant and (callers is not None or any(alike)):
        return False
    known = is_known(callers, exposures, asked)
    return known and all("auth" not in each or is_good(each["auth"], asked) for each in meant)


def is_known(
    callers: list[dict[str, Any]] | None, exposures: list[dict[str, Any]], asked: Asked
) -> bool:
    """Gateways of exposures are let in unless they are named."""
    gates = {GATES[each["gateway"]] for each in exposures}
    if callers is None or any(is_named(each, asked, gates=gates) for each in callers):
        return True
    named = {GATES[each["gateway"]] for each in callers if "gateway" in each}
    named |= {f"{c['namespace']}/{c['serviceAccount']}" for c in callers if "serviceAccount" in c}
    return asked.account in gates - named


def _below(path: str, asked: str) -> bool:
    return asked.startswith(path[:-1]) if path.endswith("/*") else asked == path


@given(CALLERS | st.none(), AUTHS, AUTHS, AUTHS)
def test_neither_callers_nor_tokens_open_what_the_others_close(
    callers: list[dict[str, Any]] | None, first: Any, second: Any, third: Any
) -> None:
    """Any callers beside any tokens at two gateways, one of them under two names and hosts."""
    exposures = [
        exposed("public", "a.example", **first),
        exposed("partners", "b.example", **second),
        exposed("internal", "c.example", **third),
    ]
    found = guard(*exposures, **({} if callers is None else {"allowFrom": callers})).rules

    for asked in REQUESTS:
        assert allows(found, asked) == expected(callers, exposures, asked), (asked, found)


def test_who_may_not_ask_across_origins_needs_a_token_for_the_question() -> None:
    """Browsers ask without one whether they may; only where `cors` has the answer."""
    question = Asked("edge/public-gateway", method="OPTIONS", path="/orders")
    question = replace(question, headers={"access-control-request-method": "GET"})
    routes = [{"name": "a", "cors": {"origins": ["https://web.example"]}}]

    answered = guard(exposed(**asking(), routes=routes)).rules
    assert allows(answered, question)
    assert not allows(answered, replace(question, headers={}))
    assert not allows(answered, replace(question, method="GET"))
    assert not allows(guard(exposed(**asking())).rules, question)


@pytest.mark.parametrize(
    "exposures",
    [
        [exposed(**asking()), exposed(gateway="partners")],
        [
            exposed(**asking()),
            exposed(host="b.example", routes=[{"name": "a", "rewrite": {"host": "c.example"}}]),
        ],
    ],
    ids=["shared", "rewritten"],
)
def test_exposures_that_nobody_could_tell_apart_have_the_same_auth(exposures: Any) -> None:
    """Else the open one would open the other."""
    with pytest.raises(Invalid, match="nobody could tell"):
        guard(*exposures)


def test_a_wildcard_does_not_open_the_hosts_that_it_covers() -> None:
    """The host with a token is none of the others, with a port or without."""
    found = guard(exposed(host="*.example.com"), exposed(host="a.example.com", **asking())).rules
    asked = Asked("edge/public-gateway", host="b.example.com")

    assert allows(found, asked)
    for host in ("a.example.com", "A.example.com", "a.example.com:8443"):
        assert not allows(found, replace(asked, host=host))


@pytest.mark.parametrize(
    ("issuer", "subject"), [(f"{IDP}/guests", "eve"), ("https:/", "idp.example/eve")]
)
def test_an_issuer_whose_name_goes_on_is_another_one(issuer: str, subject: str) -> None:
    """Whoever sees issuer, slash and subject as one text would take them for each other."""
    found = guard(exposed(**asking()), exposed("internal", **asking(issuer))).rules
    asked = Asked("edge/public-gateway", token={"iss": issuer, "sub": subject})

    assert not allows(found, asked)
    assert allows(found, replace(asked, account="edge/internal-gateway"))
    assert allows(found, replace(asked, token={"iss": IDP, "sub": "ada"}))


def test_tokens_of_one_issuer_are_looked_at_in_one_way() -> None:
    """For all audiences together; that each is for the right one is said where it is needed."""
    [rule] = guard(
        exposed(**asking(audiences=["a"])), exposed("internal", **asking(audiences=["b"]))
    ).tokens
    assert rule["audiences"] == ["a", "b"]
    [rule] = guard(exposed(**asking(audiences=["a"])), exposed("internal", **asking())).tokens
    assert "audiences" not in rule

    with pytest.raises(Invalid, match="must have the same keys"):
        guard(exposed(**asking()), exposed("internal", **asking(forward=True)))


def test_what_a_claim_tells_nobody_can_bring_along() -> None:
    """The headers are taken away at every gateway, also where no token is asked for."""
    told = asking(claimHeaders=[{"header": "x-user", "claim": "user[name]"}])
    removing = {"name": "a", "headers": {"request": {"remove": ["x-debug"]}}}
    body = apps.body(exposure=[exposed(**told, routes=[removing]), exposed("internal")])
    app = understand(body, PLATFORM, Facts(mesh=True))

    routes = [route for exposure in app.exposures for route in exposure.routes]
    assert [route.headers["request"]["remove"] for route in routes] == [
        ["x-debug", "x-user"],
        ["x-user"],
    ]
    [rule] = app.guard.tokens
    assert rule["outputClaimToHeaders"] == [{"header": "x-user", "claim": "user.name"}]


@pytest.mark.parametrize("jwks", ["keys", "[]", "{}", '{"keys": []}', '{"keys": [1]}'])
def test_keys_that_are_none_are_refused(jwks: str) -> None:
    """No token would ever be good, and nobody would know why."""
    with pytest.raises(Invalid, match=r"jwks: must be a JSON object with a list of `keys`"):
        guard(exposed(auth={"issuer": IDP, "jwks": jwks}))
