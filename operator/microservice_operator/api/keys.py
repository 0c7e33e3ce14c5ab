"""Rules for the keys of maps, which a schema alone cannot bound."""

from __future__ import annotations

import re

from pydantic.alias_generators import to_camel

from microservice_operator.api.scalars import QUALIFIED, SUBDOMAIN
from microservice_operator.api.schema import Rule

_PREFIX = 253
_KEY = _PREFIX + len("/") + 63
_RESOURCE = (
    "(cpu|memory|ephemeral-storage|hugepages-[1-9][0-9]*[KMGT]i|"
    rf"{SUBDOMAIN}/[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?)"
)
_RESERVED = r"(app|version|([^/]*\.)?((kubernetes|k8s|cncf|istio)\.io|microservices\.dev)/.*)"


def qualified(field: str) -> Rule:
    """Return the rule that the keys of a map are such as labels and annotations have."""
    return _shaped(
        field,
        "must have keys of letters, digits, '-', '_' and '.', at most 63 characters, "
        "optionally after a DNS name and '/'",
        QUALIFIED,
    )


def resource_names(field: str) -> Rule:
    """Return the rule that the keys of a map are resources that a container can ask for."""
    return _shaped(
        field,
        "must have keys such as 'cpu', 'memory', 'ephemeral-storage', 'hugepages-2Mi' "
        "or 'example.com/gpu'",
        _RESOURCE,
    )


def free(field: str, *exceptions: str) -> Rule:
    """Return the rule that the keys of a map steer neither the mesh nor the platform nor us."""
    name = to_camel(field)
    quoted = [f"'{key}'" for key in exceptions]
    but = f", except {' and '.join(quoted)}" if exceptions else ""
    return Rule(
        field_path=f".{name}",
        message="must not have the keys 'app' and 'version', nor keys that belong to "
        f"'kubernetes.io', 'k8s.io', 'cncf.io', 'istio.io' or 'microservices.dev'{but}",
        cel=f"!has(self.{name}) || self.{name}.all(key, key in [{', '.join(quoted)}] || "
        f"!key.matches(r'^{_RESERVED}$'))",
        check=lambda block: all(
            key in exceptions or not re.fullmatch(_RESERVED, key) for key in getattr(block, field)
        ),
        reason="FieldValueForbidden",
    )


def _shaped(field: str, message: str, pattern: str) -> Rule:
    name = to_camel(field)
    return Rule(
        field_path=f".{name}",
        message=message,
        cel=f"!has(self.{name}) || self.{name}.all(key, key.size() <= {_KEY} && "
        f"key.indexOf('/') <= {_PREFIX} && key.matches(r'^{pattern}$'))",
        check=lambda block: all(
            len(key) <= _KEY and key.find("/") <= _PREFIX and re.fullmatch(pattern, key)
            for key in getattr(block, field)
        ),
    )
