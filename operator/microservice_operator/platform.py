"""The administrator's settings: what holds for all Microservices of this operator."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from microservice_operator.api.config import ENVIRONMENT
from microservice_operator.api.folding import fold
from microservice_operator.api.gateways import GatewaySettings
from microservice_operator.api.mesh import MeshSettings
from microservice_operator.api.monitoring import MonitoringSettings
from microservice_operator.api.observing import (
    AccessLogSettings,
    TracingSettings,
)
from microservice_operator.api.problems import explain
from microservice_operator.api.schema import Block
from microservice_operator.api.spec import Spec
from microservice_operator.api.tenancy import Tenancy
from microservice_operator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = (
    "accessLog",
    "defaults",
    "environment",
    "gateways",
    "mesh",
    "monitoring",
    "tenancy",
    "tracing",
)
GATEWAY = "[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?"
ANY_IMAGE = {"image": "any"}

_B = TypeVar("_B", bound=Block)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """A partial spec that is folded under every Microservice."""
    environment: str = ""
    """Which of the environments of a configuration this is."""
    gateways: Mapping[str, GatewaySettings] = field(default_factory=dict)
    """The gateways of the platform, by the names that specs call them."""
    mesh: MeshSettings = field(default_factory=MeshSettings)
    """Whether there is a mesh, and what holds for all services in it."""
    monitoring: MonitoringSettings | None = None
    """Who reads the metrics of all services."""
    tenancy: Tenancy = field(default_factory=Tenancy)
    """What Microservices may refer to beside what is their own."""
    access_log: AccessLogSettings = field(default_factory=AccessLogSettings)
    """Who gets the access logs."""
    tracing: TracingSettings = field(default_factory=TracingSettings)
    """Who gets the traces, and how many."""


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
    return Settings(
        _defaults(document.get("defaults")),
        _environment(document.get("environment")),
        _gateways(document.get("gateways")),
        _mesh(document.get("mesh")),
        _monitoring(document.get("monitoring")),
        _tenancy(document.get("tenancy")),
        _block("accessLog", AccessLogSettings, document),
        _block("tracing", TracingSettings, document),
    )


def _defaults(defaults: object) -> Mapping[str, Any]:
    if defaults is None:
        return {}
    if not isinstance(defaults, dict):
        raise SettingsError("`defaults` must be a mapping: a partial spec of a Microservice")
    try:
        Spec.model_validate(fold(defaults, ANY_IMAGE))
    except ValidationError as error:
        raise SettingsError(f"`defaults`: {explain(error)}") from None
    return defaults


def _mesh(said: object) -> MeshSettings:
    """Without quotes, YAML takes Off for a truth value."""
    mesh = {} if said is None else said
    if isinstance(mesh, dict) and mesh.get("mode") is False:
        mesh = {**mesh, "mode": "Off"}
    try:
        return MeshSettings.model_validate(mesh)
    except ValidationError as error:
        raise SettingsError(f"`mesh`: {explain(error)}") from None


def _monitoring(said: object) -> MonitoringSettings | None:
    if said is None:
        return None
    try:
        return MonitoringSettings.model_validate(said)
    except ValidationError as error:
        raise SettingsError(f"`monitoring`: {explain(error)}") from None


def _gateways(said: object) -> Mapping[str, GatewaySettings]:
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise SettingsError("`gateways` must be a mapping from names to gateways")
    found = {_gateway_name(name): _gateway(name, one) for name, one in said.items()}
    names: dict[str, str] = {}
    for name, one in found.items():
        known = names.setdefault(one.gateway, name)
        if known != name:
            raise SettingsError(
                f"`gateways`: {name}: gateway: must not be {one.gateway}, which is called "
                f"'{known}' already: a host there would be held twice"
            )
    return found


def _gateway_name(name: object) -> str:
    if not isinstance(name, str) or not re.fullmatch(GATEWAY, name):
        raise SettingsError(
            f"`gateways`: {name!r} must be a name of lower-case letters, digits and '-' between "
            "them, at most 40 characters"
        )
    return name


def _gateway(name: object, said: object) -> GatewaySettings:
    try:
        return GatewaySettings.model_validate(said)
    except ValidationError as error:
        raise SettingsError(f"`gateways`: {name}: {explain(error)}") from None


def _block(name: str, block: type[_B], document: Mapping[str, Any]) -> _B:
    said = document.get(name)
    try:
        return block.model_validate({} if said is None else said)
    except ValidationError as error:
        raise SettingsError(f"`{name}`: {explain(error)}") from None


def _environment(name: object) -> str:
    if name is None:
        return ""
    if not isinstance(name, str) or not re.fullmatch(ENVIRONMENT, name):
        raise SettingsError(
            "`environment` must be a name of lower-case letters, digits and '-' between them, "
            "at most 63 characters"
        )
    return name


def _tenancy(said: object) -> Tenancy:
    """An empty entry would be no limit where somebody meant nothing at all."""
    if said is None:
        return Tenancy()
    if not isinstance(said, dict):
        raise SettingsError("`tenancy` must be a mapping, such as `serviceAccounts: Own`")
    for name, value in said.items():
        if value is None:
            raise SettingsError(f"`tenancy`: {name}: must not be empty; `[]` allows none")
    try:
        return Tenancy.model_validate(said)
    except ValidationError as error:
        raise SettingsError(f"`tenancy`: {explain(error)}") from None


def _allowed() -> str:
    return ", ".join(f"`{name}`" for name in FIELDS)
