"""Says how things stand: the status, if there is anything new, and what follows from it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.cluster import write
from microservice_operator.cluster.api import ApiError, Unreachable, decoded
from microservice_operator.engine import clock
from microservice_operator.engine.execution import CONFLICT
from microservice_operator.engine.microservices import key_of
from microservice_operator.errors import Again, Away
from microservice_operator.status import report, same
from microservice_operator.status.report import MOMENT
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from microservice_operator.cluster.api import Api
    from microservice_operator.engine.chronicle import Chronicle
    from microservice_operator.engine.microservices import Known, Microservices
    from microservice_operator.engine.queue import Key
    from microservice_operator.status import Outcome

log = logging.getLogger(__name__)

# A server that has just started answers 404 too, but does not give this reason.
GONE = (404, "NotFound")


@dataclass(slots=True)
class Announcer:
    """The voice of the passes."""

    api: Api
    microservices: Microservices

    async def say(self, known: Known, outcome: Outcome, chronicle: Chronicle) -> None:
        """Write the status, if it would say anything new.

        Raises:
            Again: it could not be written; the pass should be repeated.
        """
        status = report(outcome, known.status, clock.now().strftime(MOMENT))
        _measure(key_of(known.body), status)
        if same(status, known.status):
            return
        metadata = known.body["metadata"]
        try:
            data = await write.status(
                self.api, metadata["namespace"], metadata["name"], known.version, status
            )
        except Unreachable as error:
            raise Away(str(error)) from error
        except ApiError as error:
            if (error.code, error.reason) == GONE:  # it has left unseen
                self.microservices.drop(known.body)
                return
            if not error.passing and error.code != CONFLICT:
                log.warning(
                    "status refused", extra={"microservice": outcome.name, "error": str(error)}
                )
            raise (Away if error.passing else Again)(f"status: {error}") from error
        self.microservices.answered(decoded(data))
        _tell(known, status, chronicle)

    def forget(self, key: Key) -> None:
        """The Microservice is gone: so are its metrics."""
        metrics.gone(key.namespace, key.name)


def condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of this type; empty when there is none."""
    conditions: list[Mapping[str, Any]] = status.get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), {})


def _measure(key: Key, status: Mapping[str, Any]) -> None:
    """Keep the metrics true."""
    standing = {each["type"]: each["status"] for each in status["conditions"]}
    metrics.conditions(key.namespace, key.name, standing)


def _tell(known: Known, status: Mapping[str, Any], chronicle: Chronicle) -> None:
    """One line and one Event when Ready has changed its answer or its reason."""
    before, ready = condition(known.status, "Ready"), condition(status, "Ready")
    if (before.get("status"), before.get("reason")) == (ready["status"], ready["reason"]):
        return
    metadata = known.body["metadata"]
    log.info(
        "status changed",
        extra={
            "namespace": metadata["namespace"],
            "microservice": metadata["name"],
            "ready": ready["status"],
            "reason": ready["reason"],
        },
    )
    stalled = bool(condition(status, "Stalled"))
    chronicle.tell("Warning" if stalled else "Normal", ready["reason"], "Report", ready["message"])
