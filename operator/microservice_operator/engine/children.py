"""Brings the children of one app to what is desired: carries a plan out, wave by wave."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.engine import verdicts
from microservice_operator.engine.execution import Execution
from microservice_operator.engine.ownership import awaited, standing
from microservice_operator.engine.refusals import Refusal
from microservice_operator.errors import Again, FieldConflict, UserError
from microservice_operator.model.app import titled
from microservice_operator.model.config import missing
from microservice_operator.model.kinds import CONFIG_MAP, DEPLOYMENT, SERVICE_ACCOUNT
from microservice_operator.model.labels import NAME, TRACK
from microservice_operator.plan import Action, Key, Known, Step, digest, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.chronicle import Chronicle
    from microservice_operator.engine.refusals import Refusals
    from microservice_operator.model import App, Manifest
    from microservice_operator.plan import Difference, Plan
    from microservice_operator.status import Prospect

# So many failures in a row take about ten seconds: by then the user should hear of them.
PATIENCE = 11
WAIT_FOR_A_NAME = 5.0
# The kinds that depend on the configuration.
CONFIGURED = frozenset({CONFIG_MAP.name, DEPLOYMENT.name})
# What waits for a child that could not be made: pods would find a stranger's in its place, his
# configuration or, with his account, his rights.
DEPENDING = {CONFIG_MAP.name: CONFIGURED, SERVICE_ACCOUNT.name: frozenset({DEPLOYMENT.name})}


@dataclass(frozen=True, slots=True)
class Converged:
    """How far the children have come."""

    children: int = 0
    error: UserError | None = None
    recreating: str | None = None
    planned: Prospect | None = None
    retry_at: float | None = None
    surplus: tuple[Key, ...] = ()


def assess(
    store: Store,
    app: App,
    desired: Sequence[Manifest],
    outdated: Container[Key] = (),
    held: Container[str] = (),
) -> Plan:
    """What must change; children that are as desired are remembered to be.

    An old ConfigMap is only removed when it is `outdated`, or goes with its track; tracks that are
    `held` do not go yet. While the configuration is not known, what depends on it stays as it is.
    """
    tracks = {track.track for track in app.tracks}
    children = {Key(child.kind.name, child.name): child for child in store.of(app.uid)}
    live = {
        key: Known(
            uid=child.uid,
            verified=child.verified,
            content=child.content(),
            deleting=child.deleting,
            held=child.held,
        )
        for key, child in children.items()
    }
    names = [Key.of(manifest) for manifest in desired]
    lost = {key: store.lost(key.kind, app.namespace, key.name) for key in names}
    todo = plan(
        desired,
        live,
        lost={key: found for key, found in lost.items() if found},
        spared={
            key
            for key, child in children.items()
            if child.track in held
            or (key.kind == CONFIG_MAP.name and key not in outdated and child.track in tracks)
        },
        held=CONFIGURED if app.config.unknown else (),
    )
    for key, found in todo.verified.items():
        store.verify(children[key], found)
    for key in todo.surplus:
        store.overlook(key.kind, app.namespace, key.name)
    return todo


@dataclass(slots=True)
class Children:
    """The children of one app during one pass."""

    api: Api
    store: Store
    app: App
    refusals: Refusals
    chronicle: Chronicle
    stays: Callable[[], bool]
    held: Container[str] = ()
    """The tracks that do not go yet, although they are not wanted."""

    @property
    def _execution(self) -> Execution:
        return Execution(self.api, self.store, self.app, self.chronicle)

    async def converge(
        self, desired: Sequence[Manifest], outdated: Container[Key] = ()
    ) -> Converged:
        """Make every child as desired and remove what is no longer wanted.

        A child that is refused holds up only those that depend on it. An old ConfigMap is only
        removed when it is `outdated`; while the configuration is not known, what depends on it
        stays as it is.

        Raises:
            Again: something changed under our hands, or the server is away.
        """
        todo = assess(self.store, self.app, desired, outdated, self.held)
        refused: list[Refusal] = []
        waiting = [
            awaited(str(key), self.store.at(key.kind, self.app.namespace, key.name))
            for key in todo.waiting
        ]
        held: set[str] = set()
        taken = {step.key.name for step in todo.steps if self._is_taken(step)}
        for wave in todo.waves():
            steps = [
                each
                for each in wave
                if each.key.kind not in held
                and (each.key.kind == DEPLOYMENT.name or _track(each) not in taken)
            ]
            results = await asyncio.gather(*map(self._take, steps), return_exceptions=True)
            for step, result in zip(steps, results, strict=True):
                if isinstance(result, BaseException):
                    raise result
                refused += [result] if isinstance(result, Refusal) else []
                waiting += [result] if isinstance(result, str) else []
                if step.action is Action.CREATE and result is not None:
                    held |= DEPENDING.get(step.key.kind, frozenset())
        return Converged(
            children=len(desired),
            error=refused[0].error if refused else missing(self.app),
            recreating=waiting[0] if waiting else None,
            retry_at=self._retry_at(refused, waiting),
            surplus=tuple(key for key in todo.surplus if key.kind == CONFIG_MAP.name),
        )

    def _is_taken(self, step: Step) -> bool:
        """Whether a version would be called as a Microservice that has a workload already."""
        if step.action is not Action.CREATE or step.key.kind != DEPLOYMENT.name:
            return False
        there = self.store.at(step.key.kind, self.app.namespace, step.key.name)
        return bool(
            there and step.key.name != self.app.name and isinstance(standing(there, self.app), str)
        )

    def _retry_at(self, refused: Sequence[Refusal], waiting: Sequence[str]) -> float | None:
        """When to try again; of an object without our label nobody tells us that it is gone."""
        times = [refusal.until for refusal in refused]
        if waiting:
            times.append(asyncio.get_running_loop().time() + WAIT_FOR_A_NAME)
        return min(times, default=None)

    async def _take(self, step: Step) -> Refusal | str | None:
        """Take one step: None when it is done, a sentence when it must wait, else the refusal."""
        content = digest(step.manifest) if step.manifest else ""
        known = self.refusals.standing(step.key, content) or self._fight(step, content)
        if known is not None:
            return known
        if not self.stays():  # an owner that is leaving must get no child back
            raise Again(f"{self.app.name} is being deleted")
        try:
            waiting = await self._execution.carry_out(step)
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


def _track(step: Step) -> str:
    """What the track is called that a step makes a child of; empty for what goes."""
    labels = step.manifest["metadata"]["labels"] if step.manifest else {}
    return titled(labels[NAME], labels[TRACK]) if labels else ""


def _contended(difference: Difference) -> str:
    """What is fought over; a value that is replaced as a whole is so only for the same content."""
    theirs, path = difference.theirs, difference.path
    return f"{path} {digest({'': theirs})}" if isinstance(theirs, dict | list) else path
