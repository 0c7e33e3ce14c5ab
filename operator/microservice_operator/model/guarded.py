"""The Guard: what the proxies of an app's pods let in and out, decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microservice_operator.model.app import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the proxies of the pods refuse; None means that they refuse nothing."""

    rules: tuple[Manifest, ...] | None = None
    """Whom they let in."""
    plain: tuple[int, ...] = ()
    """Ports that hear plain text as well, whatever the others ask for."""
    tokens: tuple[Manifest, ...] = ()
    """The tokens that they look at."""
    reach: tuple[str, ...] | None = None
    """The hosts that they know."""
    outside: Mapping[str, Manifest] = field(default_factory=dict)
    """The hosts outside the cluster among them, by what tells them apart."""
