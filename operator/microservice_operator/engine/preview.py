"""What a pass would do to the children, found out without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microservice_operator.cluster import decode
from microservice_operator.cluster.api import ApiError, Unreachable
from microservice_operator.engine.children import assess
from microservice_operator.engine.execution import KINDS
from microservice_operator.engine.ownership import Standing, claimed
from microservice_operator.errors import Away, NameTaken
from microservice_operator.plan import Action, Key, differences, digest
from microservice_operator.status import Change, Prospect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.store import Store
    from microservice_operator.model import App, Manifest
    from microservice_operator.plan import Difference, Plan, Step


@dataclass(frozen=True, slots=True)
class Preview:
    """The children of one app as they would become."""

    api: Api
    store: Store
    app: App

    async def look(self, desired: Sequence[Manifest]) -> Prospect:
        """Everything that a pass in mode Apply would write now, in its order.

        Whoever has the name of a child without our label is not known before it is written.

        Raises:
            Away: a child could not be read.
        """
        todo = await self._compared(desired)
        changes: list[Change] = []
        obstacles: list[str] = []
        for step in todo.steps:
            try:
                changes.append(self._change(step))
            except NameTaken as error:
                obstacles.append(str(error))
        changes += [Change("Create", *key) for key in todo.waiting]
        wanted = {Key.of(manifest): manifest for manifest in desired}
        return Prospect(_hash(changes, wanted), tuple(changes), tuple(obstacles))

    async def _compared(self, desired: Sequence[Manifest]) -> Plan:
        """The plan, with every child read that differs without our knowing where."""
        todo = assess(self.store, self.app, desired)
        unseen = [
            step for step in todo.steps if step.action is Action.APPLY and not step.differences
        ]
        for step in unseen:
            await self._read(step)
        return assess(self.store, self.app, desired) if unseen else todo

    async def _read(self, step: Step) -> None:
        """Read a child whose bytes were dropped; they stay until it is as desired again."""
        kind = KINDS[step.key.kind]
        try:
            data = await self.api.request("GET", kind.path(self.app.namespace, step.key.name))
        except (ApiError, Unreachable) as error:
            raise Away(f"{step.key}: {error}") from error
        self.store.read(decode.child(kind, data))

    def _change(self, step: Step) -> Change:
        """What this step does.

        Raises:
            NameTaken: it would be refused, because somebody else has the name.
        """
        if step.action is Action.DELETE:
            return Change("Delete", *step.key)
        if step.action is not Action.CREATE:
            return Change("Update", *step.key, _paths(step.differences))
        assert step.manifest is not None
        there = self.store.at(step.key.kind, self.app.namespace, step.key.name)
        if there is None or claimed(there, step.manifest, self.app) is Standing.LEAVING:
            return Change("Create", *step.key)
        content = there.content()
        found = differences(step.manifest, content) if content else ()
        return Change("Update", *step.key, _paths(found))


def _paths(found: Iterable[Difference]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(difference.path for difference in found))


def _hash(changes: Iterable[Change], wanted: Mapping[Key, Manifest]) -> str:
    """Another one as soon as anything else would be written."""
    return digest(
        {
            "changes": [
                [change.action, change.kind, change.name, change.fields] for change in changes
            ],
            "content": [wanted.get(Key(change.kind, change.name)) for change in changes],
        }
    )
