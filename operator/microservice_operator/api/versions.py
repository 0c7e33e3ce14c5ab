"""Other versions beside the one that the spec is about, and the requests that each of them gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from microservice_operator.api.bounds import Entries, Items, text, whole
from microservice_operator.api.config import variables
from microservice_operator.api.environment import EnvVar, VariableValue
from microservice_operator.api.matching import (
    NEITHER_HOST_NOR_COOKIE,
    CookieCondition,
    HeaderCondition,
    ParameterCondition,
)
from microservice_operator.api.resources import Resources
from microservice_operator.api.scalars import Argument, Image
from microservice_operator.api.scaling import Scaling
from microservice_operator.api.schema import Block, Choice, Rule

STABLE = "stable"

VersionName = Annotated[
    str,
    text(
        "a name: lower-case letters, digits and '-' with a letter or digit at both ends, "
        "at most 14 characters",
        longest=14,
        pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ),
]


class VersionConfig(Block):
    """What a version has on top of `config`."""

    data: Annotated[Mapping[str, VariableValue], Entries(64)] = {}
    """Environment variables, over those of every environment. Example: `{LOG_LEVEL: debug}`."""

    rules: ClassVar = (variables("data"),)


class VersionMatch(Block):
    """Conditions that must all hold of a request."""

    headers: Annotated[tuple[HeaderCondition, ...], Items(4, key="name")] = ()
    """Its headers, by name. Example: `[{name: x-group, exact: beta}]`."""
    query: Annotated[tuple[ParameterCondition, ...], Items(4, key="name")] = ()
    """Parameters of its query, by name. Example: `[{name: preview, exact: v2}]`."""
    cookies: Annotated[tuple[CookieCondition, ...], Items(2, key="name")] = ()
    """Its cookies, by name. Example: `[{name: preview, exact: v2}]`."""

    rules: ClassVar = (
        Rule(
            field_path=".headers",
            message="at least one of `headers`, `query` and `cookies` must have a condition",
            cel="(has(self.headers) && self.headers.size() > 0) || "
            "(has(self.query) && self.query.size() > 0) || "
            "(has(self.cookies) && self.cookies.size() > 0)",
            check=lambda match: bool(match.headers or match.query or match.cookies),
        ),
        NEITHER_HOST_NOR_COOKIE,
    )


class OtherVersion(Block):
    """A version beside the one of the spec; what it does not say is as the spec says."""

    name: VersionName
    """Its name, unique in the list and not that of the spec's `version`. Example: `v2`."""
    image: Image
    """Container image to run. Example: `registry.example/orders:2.0.0`."""
    args: Annotated[tuple[Argument, ...], Items(64)] | None = None
    """Arguments of the program, in place of the spec's. Example: `[--log-level, debug]`."""
    env: Annotated[tuple[EnvVar, ...], Items(64, key="name")] = ()
    """Environment variables over the spec's. Example: `[{name: LOG_LEVEL, value: debug}]`."""
    config: VersionConfig = VersionConfig()
    """Variables over those of `config`. Example: `{data: {NEW_CHECKOUT: "true"}}`."""
    resources: Resources | None = None
    """In place of the spec's. Example: `{requests: {cpu: 200m}}`."""
    replicas: Annotated[int, whole(0, 1000)] | None = None
    """How many pods run, without an autoscaler. Example: `1`."""
    scaling: Scaling | None = None
    """An autoscaler of its own. Example: `{min: 1, max: 5, cpu: 70}`."""
    weight: Annotated[int, whole(0, 100)] | None = None
    """How many percent of the requests that match no version it gets; needs a mesh. The spec's
    version gets the rest. Example: `10`."""
    match: Annotated[tuple[VersionMatch, ...], Items(8)] = ()
    """It gets every request that one of these fits; needs a mesh. Example:
    `[{headers: [{name: x-group, exact: beta}]}]`."""

    choices: ClassVar = (Choice(("replicas",), ("scaling",)),)
    rules: ClassVar = (
        Rule(
            field_path=".name",
            message=f"must not be '{STABLE}', which is what the spec's own version is called",
            cel=f"self.name != '{STABLE}'",
            check=lambda version: version.name != STABLE,
            reason="FieldValueForbidden",
        ),
    )

    @property
    def asks(self) -> bool:
        """Whether it asks for requests to the service."""
        return bool(self.weight or self.match)
