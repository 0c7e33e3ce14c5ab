"""What Microservices claim of one host, told by their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microservice_operator.routing.claiming import claims
from microservice_operator.routing.claims import Claim, Claimant, Site
from tests import apps

if TYPE_CHECKING:
    from microservice_operator.routing.composing import Composed

SITE = Site("public", "a.example")


def claim(who: str, age: int, *paths: str, exposed: Any = None, **more: Any) -> Claim:
    """What a Microservice wants that came to be on this day: a folder each."""
    routes = [
        {
            "name": path.strip("/").replace("/", "-") or "all",
            "match": {"path": {"prefix": path}, **more},
        }
        for path in paths
    ]
    exposure = {"name": "a", "gateway": "public", "hosts": ["a.example"], "routes": routes}
    exposure |= exposed or {}
    [found] = claims(apps.meshed(who, exposure=[exposure]), f"2026-01-{age:02}")
    return Claim(Claimant(f"2026-01-{age:02}", f"uid-{who}", "shop", who), SITE, found.rules)


def names(result: Composed) -> list[str]:
    """What is served, in its order."""
    return [entry["name"] for entry in result.http]
