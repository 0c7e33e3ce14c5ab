"""What Istio says an AuthorizationPolicy of ALLOW rules means, read off its reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BETWEEN = "\n"
"""What no issuer ends in and no subject begins with."""


@dataclass(frozen=True)
class Asked:
    """A request as the callee's proxy sees it; whoever has no certificate has no account."""

    account: str = ""
    port: int = 8080
    method: str = "GET"
    path: str = "/"
    host: str = "orders"
    token: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def allows(rules: Iterable[Mapping[str, Any]] | None, asked: Asked) -> bool:
    """Without a policy everybody is let in; else who fits one of its rules."""
    return rules is None or any(_fits(rule, asked) for rule in rules)


def _fits(rule: Mapping[str, Any], asked: Asked) -> bool:
    assert rule.keys() <= {"from", "to", "when"}
    sources = [_source(each["source"], asked) for each in rule.get("from", ())]
    operations = [_operation(each["operation"], asked) for each in rule.get("to", ())]
    return (
        ("from" not in rule or any(sources))
        and ("to" not in rule or any(operations))
        and all(_condition(each, asked) for each in rule.get("when", ()))
    )


def _source(source: Mapping[str, Any], asked: Asked) -> bool:
    namespace = asked.account.partition("/")[0]
    has = {
        "serviceAccounts": [asked.account] if asked.account else [],
        "namespaces": [namespace] if asked.account else [],
        "principals": [asked.account] if asked.account else [],
        "requestPrincipals": _principals(asked),
    }
    wanted = {
        name: [_parted(each) for each in values] if name == "requestPrincipals" else values
        for name, values in source.items()
    }
    return _all(wanted, has)


def _operation(operation: Mapping[str, Any], asked: Asked) -> bool:
    has = {
        "ports": [str(asked.port)],
        "methods": [asked.method],
        "paths": [asked.path.partition("?")[0]],
        "hosts": [asked.host.lower()],
    }
    return _all(operation, has)


def _all(fields: Mapping[str, Any], has: Mapping[str, list[str]]) -> bool:
    """Each field has to fit; `notX` fits what `X` does not."""
    assert fields, "Istio refuses what is empty"
    for name, wanted in fields.items():
        assert wanted, "an empty list would restrict nothing"
        inverse = name.startswith("not")
        known = has[f"{name[3].lower()}{name[4:]}" if inverse else name]
        if any(_matches(pattern, value) for pattern in wanted for value in known) == inverse:
            return False
    return True


def _condition(condition: Mapping[str, Any], asked: Asked) -> bool:
    key = condition["key"]
    name, _, inner = key.partition("[")
    if name == "request.headers":
        value = asked.headers.get(inner.rstrip("]"))
        has = [] if value is None else [value]
    elif name == "request.auth.claims":
        has = _claim(asked.token, inner.rstrip("]").split("]["))
    else:
        known = {
            "source.serviceAccount": [asked.account] if asked.account else [],
            "source.principal": [asked.account] if asked.account else [],
            "request.auth.audiences": _claim(asked.token, ["aud"]),
        }
        has = known[key]
    wanted, unwanted = condition.get("values"), condition.get("notValues")
    return (not wanted or any(_matches(p, v) for p in wanted for v in has)) and not (
        unwanted and any(_matches(p, v) for p in unwanted for v in has)
    )


def _principals(asked: Asked) -> list[str]:
    issuer, subject = asked.token.get("iss"), asked.token.get("sub")
    return [f"{issuer}{BETWEEN}{subject}"] if issuer and subject else []


def _parted(principal: str) -> str:
    """What stands before the last '/' is the issuer as a whole."""
    issuer, _, subject = principal.rpartition("/")
    return f"{issuer}{BETWEEN}{subject}"


def _claim(token: Any, names: list[str]) -> list[str]:
    for name in names:
        token = token.get(name) if isinstance(token, dict) else None
    if token is None:
        return []
    return [str(each) for each in token] if isinstance(token, list) else [str(token)]


def _matches(pattern: str, value: str) -> bool:
    """Patterns know a star at one of their ends, and nothing else."""
    if pattern.startswith("*"):
        return value.endswith(pattern[1:]) and bool(value)
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return pattern == value
