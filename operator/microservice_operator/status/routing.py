"""What has become of the hosts that an app asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.api.status import MOST_ENDPOINTS
from microservice_operator.status.reasons import Reason

if TYPE_CHECKING:
    from microservice_operator.status.rollout import Trouble

# Of several troubles the first is told: those that do not pass by themselves.
GRAVEST_FIRST: tuple[str, ...] = (
    Reason.GATEWAY_UNKNOWN,
    Reason.HOST_FORBIDDEN,
    Reason.HOST_TAKEN,
    Reason.ROUTE_CONFLICT,
    Reason.HOST_FULL,
)


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """Where the app answers from outside."""

    gateway: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What has become of one host."""

    endpoint: Endpoint | None = None
    """Where it serves any of the app's rules."""
    trouble: Trouble | None = None
    """Why it does not serve all of them."""


@dataclass(frozen=True, slots=True)
class Routing:
    """What has become of all hosts of an app."""

    answers: tuple[Answer, ...]

    @property
    def trouble(self) -> Trouble | None:
        """The gravest that any of its hosts is in."""
        troubles = [answer.trouble for answer in self.answers if answer.trouble]
        return min(troubles, key=_gravity, default=None)

    @property
    def sentence(self) -> str:
        """How many hosts serve the app."""
        number = len(self.answers)
        return f"{number} hosts are served." if number > 1 else "1 host is served."

    def endpoints(self) -> list[dict[str, str]]:
        """Where the app answers, as the status has it."""
        served = sorted(answer.endpoint for answer in self.answers if answer.endpoint)
        return [{"gateway": each.gateway, "url": each.url} for each in served[:MOST_ENDPOINTS]]


def _gravity(trouble: Trouble) -> int:
    reason = trouble.reason
    return GRAVEST_FIRST.index(reason) if reason in GRAVEST_FIRST else len(GRAVEST_FIRST)
