"""Who may come in from outside: whoever has a token of somebody who is trusted."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Items, text
from microservice_operator.api.paths import CallPath
from microservice_operator.api.schema import Block, Choice, Rule

_WORD = "[!-)+-~]"  # printable ASCII without '*', which policies of a mesh take for anything
_NAME = r"[!-)+-Z^-~]"  # and without brackets, which hold the claims inside of claims
_PRIVATE = '"(d|k)"[ \\t\\r\\n]*:'
_OWN = ("x-forwarded-", "x-envoy-", "x-istio-")

Word = Annotated[
    str,
    text(
        "printable ASCII without spaces and '*', at most 256 characters",
        longest=256,
        pattern=f"^{_WORD}+$",
    ),
]
Claim = Annotated[
    str,
    text(
        "the name of a claim, those inside of others in brackets as in 'realm_access[roles]', "
        "at most 128 characters",
        longest=128,
        pattern=rf"^{_NAME}+(\[{_NAME}+\]){{0,3}}$",
    ),
]
ClaimWithoutDot = Annotated[
    str,
    text(
        "the name of a claim without '.', those inside of others in brackets as in "
        "'realm_access[roles]', at most 128 characters",
        longest=128,
        pattern=r"^[!-)+,/-Z^-~-]+(\[[!-)+,/-Z^-~-]+\]){0,3}$",
    ),
]
ClaimValue = Annotated[
    str,
    text(
        "printable ASCII without '*', at most 128 characters",
        longest=128,
        pattern=f"^({_WORD}| )+$",
    ),
]
ClaimHeaderName = Annotated[
    str,
    text(
        "the name of a header in lower case that begins with 'x-': letters, digits and '-', "
        "at most 64 characters",
        longest=64,
        pattern="^x-[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ),
]
KeysUri = Annotated[
    str,
    text(
        "a URL that begins with 'http://' or 'https://', at most 1024 characters",
        longest=1024,
        pattern="^https?://[!-~]+$",
    ),
]
Keys = Annotated[str, text("a JSON Web Key Set, at most 16384 characters", longest=16384)]


class ClaimHeader(Block):
    """A header in which the service finds a claim of the token."""

    header: ClaimHeaderName
    """Its name, unique in the list. It is taken away from whoever has no token.
    Example: `x-user`."""
    claim: ClaimWithoutDot
    """The claim. Example: `sub`."""

    rules: ClassVar = (
        Rule(
            field_path=".header",
            message=f"must not begin with {', '.join(_OWN)}, which are the mesh's own",
            cel=" && ".join(f"!self.header.startsWith('{own}')" for own in _OWN),
            check=lambda told: not told.header.startswith(_OWN),
            reason="FieldValueForbidden",
        ),
    )


class RequiredClaim(Block):
    """A claim that a token must have."""

    claim: Claim
    """The claim. Example: `realm_access[roles]`."""
    values: Annotated[tuple[ClaimValue, ...], Items(16, least=1)]
    """What it must be, or have among its values: one of these. Example: `[customer]`."""


class Auth(Block):
    """Whose tokens let in, and what they must say."""

    issuer: Word
    """Who has signed the token, as the token says. Example: `https://idp.example`."""
    jwks_uri: KeysUri | None = None
    """Where the mesh finds the issuer's keys. Example: `https://idp.example/keys`."""
    jwks: Keys | None = None
    """The issuer's public keys themselves. Example: `'{"keys": []}'`."""
    audiences: Annotated[tuple[Word, ...], Items(8)] = ()
    """Whom the token must be for: one of these; absent means anybody. Example: `[shop]`."""
    forward: bool | None = None
    """Whether the service gets the token as well; absent means false. Example: `true`."""
    claim_headers: Annotated[tuple[ClaimHeader, ...], Items(8, key="header")] = ()
    """Claims that the service finds in headers. Example: `[{header: x-user, claim: sub}]`."""
    required: Annotated[tuple[RequiredClaim, ...], Items(8)] = ()
    """Claims that a token must have, all of them.
    Example: `[{claim: roles, values: [customer]}]`."""
    public_paths: Annotated[tuple[CallPath, ...], Items(16)] = ()
    """Paths for which no token is needed, as they are called from outside; '/*' at the end means
    all below. Example: `[/healthz, /assets/*]`."""

    choices: ClassVar = (Choice(("jwks_uri",), ("jwks",), required=True),)
    rules: ClassVar = (
        Rule(
            field_path=".jwks",
            message="must have public keys only: whoever may read this would sign tokens with "
            "the others",
            cel=f"!has(self.jwks) || !self.jwks.matches('{_PRIVATE}')".replace("\\", "\\\\"),
            check=lambda auth: auth.jwks is None or not re.search(_PRIVATE, auth.jwks),
            reason="FieldValueForbidden",
        ),
    )
