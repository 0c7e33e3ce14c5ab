"""How callers prove who they are."""

from __future__ import annotations

from typing import Literal

from microservice_operator.api.schema import Block


class Security(Block):
    """What the mesh asks of whoever connects."""

    mtls: Literal["Strict", "Permissive"] | None = None
    """Whether callers without a certificate of the mesh are refused; absent means what the platform
    says. Example: `Strict`."""
