"""A Microservice as a user wrote it: from whatever came in to a checked value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AliasPath, ConfigDict, Field, ValidationError

from microservice_operator.api.bounds import text, whole
from microservice_operator.api.problems import explain
from microservice_operator.api.schema import Block, Rule
from microservice_operator.api.spec import Spec
from microservice_operator.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "[a-z]([-a-z0-9]{0,46}[a-z0-9])?"
_Identity = Annotated[str, text("a string of at most 253 characters", longest=253, shortest=0)]


class Microservice(Block):
    """What a user wants, and which object says so.

    A document that is not yet in a cluster has no namespace, uid and generation.
    """

    model_config = ConfigDict(extra="ignore")

    name: _Identity = Field(validation_alias=AliasPath("metadata", "name"))
    namespace: _Identity = Field(default="", validation_alias=AliasPath("metadata", "namespace"))
    uid: _Identity = Field(default="", validation_alias=AliasPath("metadata", "uid"))
    generation: Annotated[int, whole(0, 2**53)] = Field(
        default=0, validation_alias=AliasPath("metadata", "generation")
    )
    spec: Spec

    rules: ClassVar = (
        Rule(
            field_path=".metadata.name",
            message="must be lower-case letters, digits and '-', begin with a letter, end with a "
            "letter or digit, and have at most 48 characters",
            cel=f"self.metadata.name.matches('^{_NAME}$')",
            check=lambda microservice: re.fullmatch(_NAME, microservice.name) is not None,
        ),
    )


def parse(body: Mapping[str, Any]) -> Microservice:
    """Return what `body` says.

    Raises:
        Invalid: something is wrong; the message says where, what, and what is allowed.
    """
    try:
        return Microservice.model_validate(body)
    except ValidationError as error:
        raise Invalid(explain(error)) from None
