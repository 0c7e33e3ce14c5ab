"""Exposures that ask for tokens, on a platform with three gateways."""

from __future__ import annotations

from typing import Any

from microservice_operator.model import understand
from microservice_operator.model.facts import Facts
from microservice_operator.platform import settings
from tests import apps

PLATFORM = settings(
    {
        "gateways": {
            "public": {"gateway": "edge/public", "serviceAccount": "edge/public-gateway"},
            "partners": {"gateway": "edge/partners", "serviceAccount": "edge/public-gateway"},
            "internal": {"gateway": "edge/internal", "serviceAccount": "edge/internal-gateway"},
        }
    }
)
JWKS = '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'
IDP, OTHER_IDP = "https://idp.example", "https://other.example"


def guard(*exposure: dict[str, Any], **spec: Any) -> Any:
    """What the proxies of such an app refuse."""
    body = apps.body(exposure=[*exposure], **spec)
    return understand(body, PLATFORM, Facts(mesh=True)).guard


def exposed(gateway: str = "public", host: str = "a.example", **said: Any) -> dict[str, Any]:
    """An exposure, whose name is made of where it is."""
    name = f"{gateway}-{host.replace('.', '-').replace('*', 'any')}"
    return {"name": name, "gateway": gateway, "hosts": [host], **said}


def asking(issuer: str = IDP, **said: Any) -> dict[str, Any]:
    """That a token of this issuer is needed."""
    return {"auth": {"issuer": issuer, "jwks": JWKS, **said}}
