"""The configuration: variables and files, here, shared with others, and by environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from microservice_operator.api.bounds import Entries, Items, text
from microservice_operator.api.environment import VariableValue
from microservice_operator.api.scalars import ObjectName
from microservice_operator.api.schema import Block, Rule

ENVIRONMENT = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
# Each is the key of a ConfigMap as well, which must not begin with '..' nor be a '.'.
_FILE = r"\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,251}"
_VARIABLE = r"([-_a-zA-Z]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]{0,251}"

FileContent = Annotated[
    str, text("a text of at most 262144 characters", longest=262144, shortest=0)
]
MountPath = Annotated[
    str,
    text(
        "the absolute path of a folder: names of letters, digits, '-', '_' and '.', each after "
        "a '/', at most 512 characters",
        longest=512,
        pattern=r"^(/\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*)+$",
    ),
]


def _keys(field: str, pattern: str, allowed: str) -> Rule:
    return Rule(
        field_path=f".{field}",
        message=f"must have keys that are {allowed}, at most 253 characters",
        cel=f"!has(self.{field}) || self.{field}.all(key, key.matches(r'^({pattern})$'))",
        check=lambda block: all(re.fullmatch(pattern, key) for key in getattr(block, field)),
    )


def variables(field: str) -> Rule:
    """Return the rule that the keys of a map can be names of variables."""
    return _keys(
        field,
        _VARIABLE,
        "names of variables: letters, digits, '-', '_' and '.', no digit and no '..' first",
    )


_CONTENT = (
    variables("data"),
    _keys("files", _FILE, "names of files: letters, digits, '-', '_' and '.', no '..' first"),
)


class Layer(Block):
    """What one environment has on top of the rest."""

    data: Annotated[Mapping[str, VariableValue], Entries(256)] = {}
    """Environment variables. Example: `{LOG_LEVEL: warning}`."""
    files: Annotated[Mapping[str, FileContent], Entries(64)] = {}
    """Files, by name. Example: `{features.yaml: "checkout: true"}`."""

    rules: ClassVar = _CONTENT


class Config(Block):
    """Variables and files that are kept in ConfigMaps; a change of them reaches the pods."""

    data: Annotated[Mapping[str, VariableValue], Entries(256)] = {}
    """Environment variables; `envFrom` and `env` win over them. Example: `{LOG_LEVEL: info}`."""
    files: Annotated[Mapping[str, FileContent], Entries(64)] = {}
    """Files in the folder `mountPath`, by name. Example: `{features.yaml: "checkout: false"}`."""
    mount_path: MountPath | None = None
    """Folder of the files, absent means /config. Example: `/etc/orders`."""
    shared: Annotated[tuple[ObjectName, ...], Items(16)] = ()
    """ConfigMaps labelled `microservices.dev/shared-config: "true"`, whose data are variables; a
    later one wins, and `data` wins over all. Example: `[shop-settings]`."""
    environments: Annotated[Mapping[str, Layer], Entries(16)] = {}
    """What wins where the platform's `environment` has this name. Example:
    `{prod: {data: {LOG_LEVEL: warning}}}`."""
    on_change: Literal["Rollout", "Reload"] | None = None
    """Whether changed files replace the pods or appear in them within a minute or two; absent
    means Rollout, and changed variables always replace the pods. Example: `Reload`."""

    rules: ClassVar = (
        *_CONTENT,
        Rule(
            field_path=".mountPath",
            message="must not be /tmp or a folder in it, which belongs to the pod",
            cel="!has(self.mountPath) || !(self.mountPath + '/').startsWith('/tmp/')",
            check=lambda config: not f"{config.mount_path or ''}/".startswith("/tmp/"),  # noqa: S108  refused
            reason="FieldValueForbidden",
        ),
        Rule(
            field_path=".shared",
            message="must not have a name twice",
            cel="!has(self.shared) || "
            "self.shared.all(one, self.shared.exists_one(other, other == one))",
            check=lambda config: len(set(config.shared)) == len(config.shared),
        ),
        Rule(
            field_path=".environments",
            message="must have keys that are names of environments: lower-case letters, digits and "
            "'-' between them, at most 63 characters",
            cel="!has(self.environments) || "
            f"self.environments.all(key, key.matches(r'^{ENVIRONMENT}$'))",
            check=lambda config: all(re.fullmatch(ENVIRONMENT, key) for key in config.environments),
        ),
    )
