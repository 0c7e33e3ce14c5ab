"""Carries one step of a plan out: the writes that it takes, and what they can run into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from microservice_operator.cluster import decode, write
from microservice_operator.cluster.api import ApiError, decoded
from microservice_operator.engine.ownership import Standing, awaited
from microservice_operator.errors import Again
from microservice_operator.plan import (
    FIELD_MANAGER,
    Action,
    Handover,
    Step,
    differences,
    digest,
    of_held,
    of_new,
    repair,
)
from microservice_operator.resources import CHILDREN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microservice_operator.cluster.api import Api
    from microservice_operator.cluster.decode import Child
    from microservice_operator.cluster.store import Store
    from microservice_operator.engine.chronicle import Chronicle
    from microservice_operator.engine.ownership import Family
    from microservice_operator.model import Kind, Manifest
    from microservice_operator.plan import Difference

KINDS = {kind.name: kind for kind in CHILDREN}
NOT_FOUND, CONFLICT, UNPROCESSABLE = 404, 409, 422
CONFLICT_WITH_US = f'with "{FIELD_MANAGER}"'


@dataclass(frozen=True, slots=True)
class Execution:
    """The writing hand of a pass."""

    api: Api
    store: Store
    family: Family
    chronicle: Chronicle

    async def carry_out(self, step: Step) -> str | None:
        """Take the step; a sentence when it has to wait for somebody to leave."""
        match step.action:
            case Action.CREATE:
                return await self._create(step)
            case Action.DELETE:
                await self._delete(step)
            case _:
                await self._update(step)
        return None

    async def _create(self, step: Step) -> str | None:
        """Create a child, unless its name is in use; then find out by whom."""
        kind, manifest = KINDS[step.key.kind], step.manifest
        assert manifest is not None
        there = self.store.at(step.key.kind, self.family.namespace, step.key.name)
        if there is None:
            try:
                data = await write.create(self.api, kind, self._newborn(step, manifest))
            except ApiError as error:
                if error.code != CONFLICT:
                    raise
                there = await self._holder(step)
            else:
                self._written(kind, data, manifest)
                self.chronicle.created(step)
                await self._begin(step, data)
                return None
        return await self._contend(step, there)

    async def _begin(self, step: Step, data: bytes) -> None:
        """Give a new child the pods that its autoscaler would otherwise add a little later."""
        assert step.manifest is not None
        kind = KINDS[step.key.kind]
        child = decode.child(kind, data)
        new = replace(step, uid=child.uid, held=child.held)
        if of_held(new.fewest, new.held):
            self._written(kind, await self._reapply(new), step.manifest)
        elif handed := await self._hand_over(new, of_new(step.fewest)):
            self._written(kind, handed, step.manifest)

    def _newborn(self, step: Step, manifest: Manifest) -> Manifest:
        """A child that was taken away returns with its pods: they may have outlived it."""
        last = self.store.last_number(step.key.kind, self.family.namespace, step.key.name)
        if step.fewest is None or not last:
            return manifest
        number = max(step.fewest, last)
        return {**manifest, "spec": {**manifest["spec"], "replicas": number}}

    async def _holder(self, step: Step) -> Child:
        """Who has the name of a child."""
        try:
            data = await self._read(step)
        except ApiError as error:
            if error.code == NOT_FOUND:
                raise Again(f"{step.key} was in use and is free now") from error
            raise
        return decode.child(KINDS[step.key.kind], data)

    async def _read(self, step: Step) -> bytes:
        path = KINDS[step.key.kind].path(self.family.namespace, step.key.name)
        return await self.api.request("GET", path)

    async def _contend(self, step: Step, there: Child) -> str | None:
        """Somebody has the name: it is ours after all, or it goes away soon, or it is taken."""
        assert step.manifest is not None
        if self.family.claimed(there, step.manifest) is Standing.LEAVING:
            return awaited(str(step.key), there)
        if there.owner is None and not await self.family.stay(self.api, there):
            return f"{step.key} was let go: its Microservice is being deleted."
        data = await self._apply(replace(step, uid=there.uid, held=there.held))
        self._written(there.kind, data, step.manifest)
        self.chronicle.adopted(step, offered=there.adoptable)
        return None

    async def _update(self, step: Step) -> None:
        """Change a child in one write; a second one is needed where the first leaves a rest."""
        assert step.manifest is not None
        data = await (self._mend(step, step.patch) if step.patch else self._apply(step))
        self._written(KINDS[step.key.kind], data, step.manifest)
        self.chronicle.updated(step)

    async def _apply(self, step: Step) -> bytes:
        """Apply, and remove what stays beside what we applied.

        What a repair once patched in is owned by that patch too, so that an apply does not
        remove it; the server may even refuse the two together.
        """
        try:
            data = await self._reapply(step)
        except ApiError as error:
            if error.code != UNPROCESSABLE:
                raise
            operations = self._repair(step, await self._read(step))
            if not operations:
                raise
            return await self._mend(step, operations)
        operations = self._repair(step, data)
        return await self._patch(step, operations) if operations else data

    async def _mend(self, step: Step, operations: Sequence[Manifest]) -> bytes:
        """Repair in one patch; only what we share with others is let go by an apply."""
        data = await self._patch(step, operations)
        rest = of_held(step.fewest, step.held) or self._rest(step, data)[1]
        return await self._reapply(step) if rest else data

    async def _reapply(self, step: Step) -> bytes:
        assert step.manifest is not None
        await self._hand_over(step, of_held(step.fewest, step.held))
        return await write.apply(self.api, KINDS[step.key.kind], step.manifest, step.uid)

    async def _hand_over(self, step: Step, handover: Handover | None) -> bytes | None:
        """Let go of the number of pods so that it stays; a conflict: it is not ours any more.

        Unless the conflict is with ourselves: then we remember an old number, and look again.
        """
        if handover is None:
            return None
        assert step.manifest is not None
        kind = KINDS[step.key.kind]
        try:
            return await write.hand_over(self.api, kind, step.manifest, step.uid, handover)
        except ApiError as error:
            if error.code != CONFLICT or CONFLICT_WITH_US in error.message:
                raise
            return None

    async def _patch(self, step: Step, operations: Sequence[Manifest]) -> bytes:
        kind = KINDS[step.key.kind]
        return await write.patch(self.api, kind, self.family.namespace, step.key.name, operations)

    def _repair(self, step: Step, data: bytes) -> Sequence[Manifest]:
        """The patch for what an apply leaves; none for an object that took the child's name."""
        assert step.manifest is not None
        live, found = self._rest(step, data)
        ours = live["metadata"]["uid"] == step.uid
        return repair(step.manifest, live, found) if ours else ()

    def _rest(self, step: Step, data: bytes) -> tuple[Manifest, list[Difference]]:
        """A live object, complete with its type, and how it differs."""
        assert step.manifest is not None
        kind = KINDS[step.key.kind]
        live = {"apiVersion": kind.api_version, "kind": kind.name} | decoded(data)
        return live, differences(step.manifest, live)

    async def _delete(self, step: Step) -> None:
        kind = KINDS[step.key.kind]
        self.store.give_up(step.key.kind, self.family.namespace, step.key.name, step.uid)
        try:
            await write.delete(self.api, kind, self.family.namespace, step.key.name, step.uid)
        except ApiError as error:
            if error.code not in (NOT_FOUND, CONFLICT):
                raise
        self.store.leaving(step.key.kind, self.family.namespace, step.key.name, step.uid)
        self.chronicle.deleted(step)

    def _written(self, kind: Kind, data: bytes, manifest: Manifest) -> None:
        """Remember the server's answer, so that its echo is no news.

        What still differs now is what the server or its webhooks insist on: it is accepted, or
        we would write for ever.
        """
        self.store.written(decode.child(kind, data), digest(manifest))
