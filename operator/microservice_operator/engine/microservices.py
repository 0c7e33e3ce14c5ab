"""The Microservices that we currently see, as kopf tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microservice_operator.engine.queue import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(slots=True)
class Known:
    """One Microservice: what the user wrote, and what we said of it last."""

    body: Mapping[str, Any]

    @property
    def uid(self) -> str:
        """Which of all objects of this name it is."""
        uid: str = self.body["metadata"]["uid"]
        return uid

    @property
    def version(self) -> str:
        """The state that we have read."""
        version: str = self.body["metadata"]["resourceVersion"]
        return version

    @property
    def generation(self) -> int:
        """Which edit of the spec it is."""
        generation: int = self.body["metadata"].get("generation", 0)
        return generation

    @property
    def deleting(self) -> bool:
        """Whether it is on its way out; its children are none of our business then."""
        return "deletionTimestamp" in self.body["metadata"]

    @property
    def status(self) -> Mapping[str, Any]:
        """What was said of it last."""
        status: Mapping[str, Any] = self.body.get("status", {})
        return status


class Microservices:
    """All Microservices in sight, by key."""

    def __init__(self) -> None:
        self._known: dict[Key, Known] = {}

    def __len__(self) -> int:
        """How many are in sight."""
        return len(self._known)

    def __iter__(self) -> Iterator[Key]:
        """Iterate over their keys."""
        return iter(self._known)

    def get(self, key: Key) -> Known | None:
        """The Microservice of this name, if we see it."""
        return self._known.get(key)

    def uids(self, namespace: str = "") -> frozenset[str]:
        """All that are in sight now, in this namespace if it is given."""
        return frozenset(
            known.uid for key, known in self._known.items() if namespace in ("", key.namespace)
        )

    def observe(self, body: Mapping[str, Any]) -> Key | None:
        """Take what a watch or a write says; the key if there is anything new in it."""
        new = Known(_slim(body))
        key = key_of(body)
        old = self._known.get(key)
        if old is not None and old.uid == new.uid and int(new.version) < int(old.version):
            return None
        self._known[key] = new
        return None if old is not None and _equal(old, new) else key

    def answered(self, body: Mapping[str, Any]) -> None:
        """Take the answer to our own write; it brings nobody back who has left meanwhile."""
        known = self._known.get(key_of(body))
        if known is not None and known.uid == body["metadata"]["uid"]:
            self.observe(body)

    def drop(self, body: Mapping[str, Any]) -> Key | None:
        """Forget an object that is gone; the key unless a successor has its name already."""
        key = key_of(body)
        known = self._known.get(key)
        if known is None or known.uid != body["metadata"]["uid"]:
            return None
        del self._known[key]
        return key

    def sweep(self, before: Iterable[str], there: Iterable[str]) -> list[Key]:
        """Drop whom we saw `before` a list was made that does not hold them."""
        ghosts = set(before) - set(there)
        gone = [key for key, known in self._known.items() if known.uid in ghosts]
        for key in gone:
            del self._known[key]
        return gone


def key_of(body: Mapping[str, Any]) -> Key:
    """The key of a Microservice."""
    metadata = body["metadata"]
    return Key(metadata["namespace"], metadata["name"])


def _slim(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object without the server's book of who set which field: most of its size."""
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**body, "metadata": metadata}


def _equal(old: Known, new: Known) -> bool:
    """Whether a pass would see no difference; labels and annotations are not ours to read."""
    return (
        old.uid == new.uid
        and old.generation == new.generation
        and old.deleting == new.deleting
        and old.status == new.status
    )
