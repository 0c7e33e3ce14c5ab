"""The names under which callers from outside know a service."""

from __future__ import annotations


def canonical(host: str) -> str:
    """The one spelling of a host: in lower case, without a dot at the end."""
    return host.lower().removesuffix(".")


def covers(pattern: str, host: str) -> bool:
    """Whether a pattern, such as `*.shop.example`, has room for all that a host stands for."""
    domain = pattern.removeprefix("*")
    return host == pattern or (domain != pattern and host.endswith(domain) and host != domain)


def overlap(one: str, other: str) -> bool:
    """Whether some name is both."""
    return covers(one, other) or covers(other, one)


def is_internal(host: str, domain: str) -> bool:
    """Whether the cluster itself calls a service so; `domain` is that of the cluster's names."""
    return any(covers(f"*.{end}", host) or host == end for end in ("svc", domain))
