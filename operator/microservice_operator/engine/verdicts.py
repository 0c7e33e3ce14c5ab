"""What a refusal of the API server means to the user."""

from __future__ import annotations

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.errors import (
    Again,
    Away,
    Forbidden,
    QuotaExceeded,
    Rejected,
    UserError,
)

FORBIDDEN, CONFLICT = 403, 409
ASKED_TO_WAIT = frozenset({401, 429})


def of(error: ApiError | Unreachable, child: str, *, enough: bool) -> UserError:
    """The verdict for this child; `enough` says that we have waited for it to pass long enough.

    Raises:
        Again: the refusal is no verdict: the same write may go through in a moment.
    """
    if isinstance(error, Unreachable):
        if enough:
            return Rejected(f"No answer comes to a write of {child}: {error}")
        raise Away(f"{child}: {error}") from error
    if error.code == CONFLICT:
        raise Again(f"{child}: {error}") from error
    if error.code in ASKED_TO_WAIT or (error.passing and not enough):
        raise Away(f"{child}: {error}") from error
    if error.code != FORBIDDEN:
        return Rejected(f"The API server refuses {child}: {error.message}")
    if "exceeded quota" in error.message:
        return QuotaExceeded(f"{child} does not fit in the namespace: {error.message}")
    return Forbidden(f"The operator may not write {child}: {error.message}")
