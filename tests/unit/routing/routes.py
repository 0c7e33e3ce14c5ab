"""Routes of an app as they stand in a claim, in the words of the mesh."""

from __future__ import annotations

from typing import Any

from microservice_operator.routing.claiming import claims
from tests import apps

HOST = "orders.shop.svc.cluster.local"
HERE = {"destination": {"host": HOST, "port": {"number": 80}}}


def entries(*routes: dict[str, Any], https: bool = False, **spec: Any) -> list[Any]:
    """What these routes become, as they stand in one claim."""
    named = [{"name": f"r{number}", **route} for number, route in enumerate(routes)]
    exposure = {"name": "a", "gateway": "public", "hosts": ["a.example"], "routes": named}
    app = apps.meshed(exposure=[{**exposure, "httpsRedirect": https}], **spec)
    [claim] = claims(app, "")
    return [rule.route for rule in claim.rules]


def entry(**route: Any) -> Any:
    """What a single route becomes."""
    [found] = entries(route)
    return found
