"""What those are told who claim a host, once it has been composed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.engine.queue import Key
from microservice_operator.routing.room import MOST
from microservice_operator.status import Answer, Endpoint, Trouble
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from microservice_operator.engine.refusals import Refusal
    from microservice_operator.routing.claims import Claim
    from microservice_operator.routing.composing import Conflict


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a host does not serve what it should, and when that is tried again."""

    trouble: Trouble
    again_at: float | None

    @classmethod
    def of(cls, refused: Sequence[Refusal], waiting: Sequence[str], at: float | None) -> Failure:
        """A refusal needs somebody, what has to wait does not."""
        if refused:
            error = refused[0].error
            return cls(Trouble(error.reason, str(error)), at)
        return cls(Trouble(Reason.SETTLING, waiting[0]), at)


@dataclass(frozen=True, slots=True)
class Result:
    """What has become of a host: whose rules it serves, and what keeps it from serving others."""

    served: Container[str]
    lost: Mapping[str, tuple[Conflict, ...]]
    trouble: Trouble | None
    scheme: str

    def replies(self, claims: Iterable[Claim]) -> dict[Key, Answer]:
        """The answer for each Microservice that claims the host."""
        return {
            Key(claim.claimant.namespace, claim.claimant.name): self._answer(claim)
            for claim in claims
        }

    def _answer(self, claim: Claim) -> Answer:
        site, who = claim.site, claim.claimant
        serves = who.name in self.served and self.scheme
        endpoint = Endpoint(site.gateway, f"{self.scheme}://{site.host}") if serves else None
        conflicts = self.lost.get(who.uid, ())
        trouble = self.trouble or (_conflict(claim, conflicts) if conflicts else None)
        pending = _waiting(claim) if claim.kept else None if endpoint else _not_yet(claim)
        return Answer(endpoint, trouble or pending)


def _waiting(claim: Claim) -> Trouble:
    some = _some(sorted(claim.kept))
    return Trouble(
        Reason.SETTLING,
        f"{some} at {claim.site.host} is as it was before: it leads to its version as soon "
        "as pods of that are ready and the mesh knows them.",
    )


def _not_yet(claim: Claim) -> Trouble:
    if not claim.rules:
        why = (
            "it is not served, and will not be before `mode` is Apply, the spec is valid and, "
            "where `auth` is given, all pods have proxies and these have their policies"
        )
    else:
        why = "it is served as soon as pods are ready and the mesh knows them"
    return Trouble(Reason.SETTLING, f"Nothing of it is served at {claim.site.host}: {why}.")


def _conflict(claim: Claim, conflicts: Sequence[Conflict]) -> Trouble:
    first, some = conflicts[0], _some([conflict.rule for conflict in conflicts])
    if not first.holder:
        return Trouble(
            Reason.HOST_FULL,
            f"{some} is not served at {claim.site.host}: there is no room for it "
            f"beside all others' routes, which may be {MOST // 1000} kB together; use another "
            "host, or fewer or smaller routes.",
        )
    return Trouble(
        Reason.ROUTE_CONFLICT,
        f"{some} is not served at {claim.site.host}: {first.holder} has a route for "
        "the same requests; change the match of either.",
    )


def _some(rules: Sequence[str]) -> str:
    """The first of them, and how many there are beside it."""
    first, *others = rules
    return f"{first} (and {len(others)} more)" if others else first
