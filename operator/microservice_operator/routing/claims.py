"""What a Microservice claims of a host on a gateway, before anybody has decided who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microservice_operator.model.app import Manifest


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """A host on a gateway: what can be held by one namespace at a time."""

    gateway: str
    """The gateway's name in the platform's settings."""
    host: str
    """The host as hosts are compared: in lower case, A-labels, no dot at the end."""


@dataclass(frozen=True, slots=True, order=True)
class Claimant:
    """Who claims; the elder comes first."""

    created: str
    uid: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a VirtualService's `http`."""

    name: str
    """`<microservice>.<route>`; several rules of one route share it."""
    rank: tuple[int, ...]
    """How particular the match of its route is; the smallest rank stands first."""
    matches: frozenset[str]
    """Each match of its route in one spelling: routes with an equal match exclude each other."""
    route: Manifest
    size: int
    """How many bytes it takes."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one Microservice wants of one site."""

    claimant: Claimant
    site: Site
    rules: tuple[Rule, ...] = ()
    carried: bool = False
    """Its wishes are not known or not to be carried out now: what is live of it stays as it is."""
    kept: frozenset[str] = frozenset()
    """The rules, by name, for which nobody has arrived yet: what is live of them stays as well."""
    withheld: bool = False
    """It wants requests that may not come yet: other namespaces do not get the host meanwhile."""
