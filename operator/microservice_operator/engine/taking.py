"""Takes the steps of a plan, one by one, unless something stands against it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.engine import verdicts
from microservice_operator.engine.refusals import Refusal
from microservice_operator.errors import Again, FieldConflict, UserError
from microservice_operator.plan import Action, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microservice_operator.engine.chronicle import Chronicle
    from microservice_operator.engine.execution import Execution
    from microservice_operator.engine.refusals import Refusals
    from microservice_operator.plan import Difference, Step

# So many failures in a row take about ten seconds: by then the user should hear of them.
PATIENCE = 11
WAIT_FOR_A_NAME = 5.0


@dataclass(frozen=True, slots=True)
class Taking:
    """The steps of one pass; `stays` says whether those that they are for are still there."""

    execution: Execution
    refusals: Refusals
    chronicle: Chronicle
    stays: Callable[[], bool]

    async def take(self, step: Step) -> Refusal | str | None:
        """Take one step: None when it is done, a sentence when it must wait, else the refusal."""
        content = digest(step.manifest) if step.manifest else ""
        known = self.refusals.standing(step.key, content) or self._fight(step, content)
        if known is not None:
            return known
        if not self.stays():  # an owner that is leaving must get no child back
            raise Again(f"the owner of {step.key} is being deleted")
        try:
            waiting = await self.execution.carry_out(step)
        except UserError as error:
            return self.refusals.refused(step.key, content, error)
        except (ApiError, Unreachable) as error:
            enough = self.refusals.failed(step.key) > PATIENCE
            return self.refusals.refused(
                step.key, content, verdicts.of(error, str(step.key), enough=enough)
            )
        self.refusals.accepted(step.key)
        self.refusals.repaired(step.key, self._repairs(step))
        return waiting

    def _fight(self, step: Step, content: str) -> Refusal | None:
        """Step back from a field that somebody else keeps changing, for a minute at most."""
        repairs = self._repairs(step)
        until = self.refusals.fought_over(step.key, repairs) if repairs else None
        if until is None:
            return None
        return Refusal(FieldConflict(self.chronicle.fight(step)), content, until)

    def _repairs(self, step: Step) -> list[str]:
        """What this step brings back that somebody has changed."""
        if step.action is Action.CREATE:
            return ["existence"] if step.drift or self.chronicle.settled else []
        return list(map(_contended, step.undone))


def again_at(refused: Sequence[Refusal], waiting: Sequence[str]) -> float | None:
    """When to try again; of an object without our label nobody tells us that it is gone."""
    times = [refusal.until for refusal in refused]
    if waiting:
        times.append(asyncio.get_running_loop().time() + WAIT_FOR_A_NAME)
    return min(times, default=None)


def _contended(difference: Difference) -> str:
    """What is fought over; a value that is replaced as a whole is so only for the same content."""
    theirs, path = difference.theirs, difference.path
    return f"{path} {digest({'': theirs})}" if isinstance(theirs, dict | list) else path
