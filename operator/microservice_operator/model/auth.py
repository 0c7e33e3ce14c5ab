"""Whose tokens let in from outside, and how the mesh tells a good one from a bad one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.api import auth as api
    from microservice_operator.model.app import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """What a token must be, and what becomes of it."""

    issuer: str
    keys: tuple[str, str]
    """The mesh's word for how its keys are found, and where or what they are."""
    audiences: tuple[str, ...] = ()
    forward: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    """Headers, each with the claim that it holds."""
    required: tuple[tuple[str, tuple[str, ...]], ...] = ()
    public: tuple[str, ...] = ()

    @property
    def source(self) -> Manifest:
        """Whoever has such a token, in the words of the mesh."""
        return {"requestPrincipals": [f"{self.issuer}/*"]}

    @property
    def conditions(self) -> list[Manifest]:
        """What the token must say beside."""
        claims = [_condition(_claim(name), values) for name, values in self.required]
        return claims + ([_condition("audiences", self.audiences)] if self.audiences else [])


def auth(said: api.Auth, at: str) -> Auth:
    """What the spec says there.

    Raises:
        Invalid: the keys are none, so that no token would ever be good.
    """
    if said.jwks is not None and not _has_keys(said.jwks):
        raise Invalid(f"{at}.jwks: must be a JSON object with a list of `keys`, at least one")
    return Auth(
        issuer=said.issuer,
        keys=("jwks", said.jwks) if said.jwks is not None else ("jwksUri", said.jwks_uri or ""),
        audiences=said.audiences,
        forward=bool(said.forward),
        headers=tuple((told.header, told.claim) for told in said.claim_headers),
        required=tuple((one.claim, one.values) for one in said.required),
        public=said.public_paths,
    )


def token_rules(auths: Iterable[Auth]) -> tuple[Manifest, ...]:
    """How the mesh looks at tokens; of one issuer it can do so in one way only.

    Raises:
        Invalid: one issuer's tokens are to be looked at in two ways.
    """
    issuers: dict[str, list[Auth]] = {}
    for each in auths:
        issuers.setdefault(each.issuer, []).append(each)
    return tuple(_token_rule(same) for same in issuers.values())


def _token_rule(same: list[Auth]) -> Manifest:
    one = same[0]
    if any((one.keys, one.forward, one.headers) != (x.keys, x.forward, x.headers) for x in same):
        raise Invalid(
            f"spec.exposure[].auth: must have the same keys, `forward` and `claimHeaders` wherever "
            f"the issuer is {one.issuer}"
        )
    how, keys = one.keys
    rule: dict[str, Any] = {"issuer": one.issuer, how: keys}
    if all(each.audiences for each in same):
        rule["audiences"] = [*dict.fromkeys(name for each in same for name in each.audiences)]
    if one.forward:
        rule["forwardOriginalToken"] = True
    if one.headers:
        rule["outputClaimToHeaders"] = [
            {"header": header, "claim": _dotted(claim)} for header, claim in one.headers
        ]
    return rule


def _condition(what: str, values: Iterable[str]) -> Manifest:
    return {"key": f"request.auth.{what}", "values": [*values]}


def _claim(name: str) -> str:
    """`a[b]` is the claim b inside of the claim a."""
    outer, bracket, inner = name.partition("[")
    return f"claims[{outer}]{bracket}{inner}"


def _dotted(claim: str) -> str:
    """`a[b]` as it is spelled where headers are made of claims."""
    return claim.replace("[", ".").replace("]", "")


def _has_keys(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    keys = found.get("keys") if isinstance(found, dict) else None
    return isinstance(keys, list) and bool(keys) and all(isinstance(key, dict) for key in keys)
