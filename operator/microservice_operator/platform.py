"""The administrator's settings: what holds for all Microservices of this operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from microservice_operator.api.folding import fold
from microservice_operator.api.problems import explain
from microservice_operator.api.spec import Spec
from microservice_operator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("defaults",)
ANY_IMAGE = {"image": "any"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """A partial spec that is folded under every Microservice."""


def settings(document: object) -> Settings:
    """Read the decoded settings file.

    Raises:
        SettingsError: it names the field and says what is allowed.
    """
    if document is None:
        return Settings()
    if not isinstance(document, dict):
        raise SettingsError(f"the settings must be a mapping with {_allowed()}")
    for name in document:
        if name not in FIELDS:
            raise SettingsError(f"`{name}` is no setting; allowed: {_allowed()}")
    defaults = document.get("defaults")
    if defaults is None:
        return Settings()
    if not isinstance(defaults, dict):
        raise SettingsError("`defaults` must be a mapping: a partial spec of a Microservice")
    try:
        Spec.model_validate(fold(defaults, ANY_IMAGE))
    except ValidationError as error:
        raise SettingsError(f"`defaults`: {explain(error)}") from None
    return Settings(defaults=defaults)


def _allowed() -> str:
    return ", ".join(f"`{name}`" for name in FIELDS)
