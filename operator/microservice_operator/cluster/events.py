"""Events on an object: what happened, once, with a count of how often it happened again."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from microservice_operator.cluster.api import MERGE_PATCH, ApiError, Unreachable, decoded
from microservice_operator.model.kinds import EVENT
from microservice_operator.model.labels import MANAGER

if TYPE_CHECKING:
    from microservice_operator.cluster.api import Api

log = logging.getLogger(__name__)

MOST_WAITING = 1000
MOST_REMEMBERED = 10_000
LONGEST_NOTE = 1000
NOT_FOUND, CONFLICT = 404, 409


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that an Event is about; where it has no namespace, its Events are in `default`."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""
    uid: str = ""

    def reference(self) -> dict[str, str]:
        """How an Event refers to it."""
        reference = {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "uid": self.uid,
        }
        return {name: value for name, value in reference.items() if value}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a person may want to know of an object."""

    subject: Subject
    type: Literal["Normal", "Warning"]
    reason: str
    action: str
    note: str

    @property
    def event_name(self) -> str:
        """The same happening has the same name, and so one Event."""
        told = f"{self.subject.uid}/{self.reason}/{self.note}".encode()
        return f"{self.subject.name}.{blake2b(told, digest_size=8).hexdigest()}"

    @property
    def namespace(self) -> str:
        """Where its Event is."""
        return self.subject.namespace or "default"


class Recorder:
    """Posts happenings in the background; when the server is slow, the newest are dropped."""

    def __init__(self, api: Api, instance: str) -> None:
        self._api = api
        self._instance = instance
        self._queue: asyncio.Queue[Happening] = asyncio.Queue(MOST_WAITING)
        self._counts: OrderedDict[str, int] = OrderedDict()

    def note(self, happening: Happening) -> None:
        """Tell of it soon."""
        try:
            self._queue.put_nowait(happening)
        except asyncio.QueueFull:
            log.debug("event dropped", extra={"reason": happening.reason})

    async def run(self) -> None:
        """Post what is noted, for ever; an Event that cannot be posted is no reason to stop."""
        while True:
            happening = await self._queue.get()
            try:
                await self._post(happening)
            except (ApiError, Unreachable) as error:
                log.debug("event not posted", extra={"error": str(error)})

    async def _post(self, happening: Happening) -> None:
        """Post a first one, count one more of a known one, and begin anew with an expired one."""
        name = happening.event_name
        count = self._counts.get(name, 0) + 1
        if count > 1 and await self._count(happening, count):
            return
        try:
            path = EVENT.collection(happening.namespace)
            await self._api.request("POST", path, body=self._event(happening))
            self._remember(name, 1)
        except ApiError as error:
            if error.code != CONFLICT:
                raise
            await self._count(happening, await self._counted(happening) + 1)

    async def _counted(self, happening: Happening) -> int:
        """How often an earlier process saw it; once at least, which is all if we may not read."""
        path = EVENT.path(happening.namespace, happening.event_name)
        try:
            event = decoded(await self._api.request("GET", path))
        except ApiError:
            return 1
        count: int = (event.get("series") or {}).get("count", 1)
        return count

    async def _count(self, happening: Happening, count: int) -> bool:
        """Say how often it has happened; whether the Event is still there."""
        path = EVENT.path(happening.namespace, happening.event_name)
        series = {"series": {"count": count, "lastObservedTime": _now()}}
        try:
            await self._api.request("PATCH", path, body=series, content=MERGE_PATCH)
        except ApiError as error:
            if error.code != NOT_FOUND:
                raise
            return False
        self._remember(happening.event_name, count)
        return True

    def _remember(self, name: str, count: int) -> None:
        self._counts[name] = count
        self._counts.move_to_end(name)
        if len(self._counts) > MOST_REMEMBERED:
            self._counts.popitem(last=False)

    def _event(self, happening: Happening) -> dict[str, Any]:
        return {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.name,
            "metadata": {"name": happening.event_name, "namespace": happening.namespace},
            "eventTime": _now(),
            "reportingController": f"microservices.dev/{MANAGER}",
            "reportingInstance": self._instance,
            "type": happening.type,
            "reason": happening.reason,
            "action": happening.action,
            "note": _fitting(happening.note),
            "regarding": happening.subject.reference(),
        }


def _fitting(note: str) -> str:
    """The server counts bytes."""
    return note.encode()[:LONGEST_NOTE].decode(errors="ignore")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
