"""Somebody who signs tokens, as identity providers do."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LIFE = 600


@dataclass(frozen=True)
class Issuer:
    """One issuer and its key."""

    name: str
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def jwks(self) -> str:
        """The public key, as whoever trusts the issuer needs it."""
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one"}
        key |= {"n": _number(numbers.n), "e": _number(numbers.e)}
        return json.dumps({"keys": [key]})

    def token(self, *, life: float = LIFE, **claims: Any) -> str:
        """A token of somebody called ada, unless the claims say otherwise; None is no claim."""
        said = {"iss": self.name, "sub": "ada", "exp": int(time.time() + life), **claims}
        said = {name: claim for name, claim in said.items() if claim is not None}
        signed = f"{_part({'alg': 'RS256', 'kid': 'one'})}.{_part(said)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"


def bearer(token: str) -> dict[str, str]:
    """The header of whoever has this token."""
    return {"authorization": f"Bearer {token}"}


def _part(said: dict[str, Any]) -> str:
    return _encoded(json.dumps(said).encode())


def _number(number: int) -> str:
    return _encoded(number.to_bytes((number.bit_length() + 7) // 8))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
