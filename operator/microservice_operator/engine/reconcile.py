"""One pass over one Microservice: parse, resolve, build, plan, apply, say.

It is the same whatever woke it, and on an unchanged app it sends nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microservice_operator.cluster import write
from microservice_operator.cluster.api import ApiError, Unreachable, decoded
from microservice_operator.engine.children import Children, Converged
from microservice_operator.engine.chronicle import Chronicle
from microservice_operator.engine.execution import CONFLICT
from microservice_operator.engine.looks import Looks
from microservice_operator.engine.queue import Key
from microservice_operator.engine.refusals import Refusals
from microservice_operator.errors import Again, Away, Invalid
from microservice_operator.model import understand
from microservice_operator.model.kinds import DEPLOYMENT
from microservice_operator.resources import desired
from microservice_operator.status import Outcome, report, same
from microservice_operator.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.events import Recorder
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.microservices import Known, Microservices
    from microservice_operator.model import App
    from microservice_operator.platform import Settings

log = logging.getLogger(__name__)

# A server that has just started answers 404 too, but does not give this reason.
GONE = (404, "NotFound")


@dataclass(slots=True)
class Reconciler:
    """The pass, and what it remembers from one to the next."""

    api: Api
    store: Store
    microservices: Microservices
    recorder: Recorder
    settings: Settings
    looks: Looks = field(init=False)
    _measured: dict[Key, dict[str, str]] = field(default_factory=dict)
    _refusals: dict[Key, tuple[str, Refusals]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looks = Looks(self.api)

    async def reconcile(self, key: Key) -> float | None:
        """Bring the cluster to what the Microservice asks for, and say how things stand.

        Returns:
            The loop time at which to look again although nothing happened; None for never.

        Raises:
            Again: the pass should be repeated; it is safe to do so.
        """
        known = self.microservices.get(key)
        if known is None or known.deleting:
            return None
        try:
            return await self._pass(key, known)
        finally:
            if self.microservices.get(key) is None:  # it left while we were at work
                self.forget(key)

    async def _pass(self, key: Key, known: Known) -> float | None:
        understood = self._understand(known)
        if isinstance(understood, Invalid):
            converged = Converged(error=understood)
            wanted, version = 0, None
        else:
            manifests = desired(understood)
            converged = await self._children(key, known, understood).converge(manifests)
            wanted, version = len(manifests), understood.version
        deployment = self.store.at(DEPLOYMENT.name, key.namespace, key.name)
        rollout = None
        if deployment and deployment.owner and deployment.owner.uid == known.uid:
            rollout = deployment.rollout
        look = await self.looks.look(key, known.generation, rollout)
        outcome = Outcome(
            name=key.name,
            generation=known.generation,
            version=version,
            children=wanted,
            error=converged.error,
            recreating=converged.recreating,
            rollout=rollout,
            looked=look.done,
            trouble=look.trouble,
        )
        await self._say(known, outcome)
        return min((at for at in (converged.retry_at, look.next_at) if at), default=None)

    def forget(self, key: Key) -> None:
        """The Microservice is gone: so is what we remember of it."""
        self._refusals.pop(key, None)
        metrics.conditions(key.namespace, key.name, self._measured.pop(key, {}), {})
        self.looks.forget(key)

    def _understand(self, known: Known) -> App | Invalid:
        try:
            return understand(known.body, self.settings)
        except Invalid as error:
            return error

    def _children(self, key: Key, known: Known, app: App) -> Children:
        """The children of this object; of a predecessor of its name nothing is remembered."""
        uid, refusals = self._refusals.get(key, ("", None))
        if refusals is None or uid != app.uid:
            refusals = Refusals(asyncio.get_running_loop().time)
            self._refusals[key] = app.uid, refusals
        return Children(self.api, self.store, app, refusals, self._chronicle(known))

    def _chronicle(self, known: Known) -> Chronicle:
        metadata = known.body["metadata"]
        before = _condition(known.status, "Applied")
        settled = (
            before.get("status") == "True" and before.get("observedGeneration") == known.generation
        )
        return Chronicle(
            self.recorder, metadata["namespace"], metadata["name"], known.uid, settled=settled
        )

    async def _say(self, known: Known, outcome: Outcome) -> None:
        """Write the status, if it would say anything new."""
        metadata = known.body["metadata"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = report(outcome, known.status, now)
        self._measure(metadata["namespace"], metadata["name"], status)
        if same(status, known.status):
            return
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
        self._tell(known, status)

    def _measure(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """Keep the metrics true; they are costly, so only what has changed is set."""
        key = Key(namespace, name)
        conditions = {each["type"]: each["status"] for each in status["conditions"]}
        before = self._measured.get(key, {})
        if before != conditions:
            self._measured[key] = conditions
            metrics.conditions(namespace, name, before, conditions)

    def _tell(self, known: Known, status: Mapping[str, Any]) -> None:
        """One line and one Event when Ready has changed its answer or its reason."""
        before, ready = _condition(known.status, "Ready"), _condition(status, "Ready")
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
        stalled = bool(_condition(status, "Stalled"))
        self._chronicle(known).tell(
            "Warning" if stalled else "Normal", ready["reason"], "Report", ready["message"]
        )


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    conditions: list[Mapping[str, Any]] = status.get("conditions", [])
    return next((condition for condition in conditions if condition["type"] == kind), {})
