"""What the platform says to somebody's spec."""

from __future__ import annotations

from typing import Any

from microservice_operator.errors import Forbidden
from microservice_operator.model import understand
from microservice_operator.platform import settings
from tests import apps

Spec = dict[str, Any]
TOLERATES_ALL = {"operator": "Exists"}


def refusal(tenancy: Spec, defaults: Spec | None = None, /, **spec: Any) -> str:
    """Why the platform refuses this spec; empty when it does not."""
    said = settings({"tenancy": tenancy, "defaults": defaults})
    try:
        understand(apps.body(**spec), said)
    except Forbidden as error:
        return str(error)
    return ""
