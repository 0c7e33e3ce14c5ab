"""What lives, as far as we know: the children by name, and who owns them."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from microservice_operator.cluster import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microservice_operator.cluster.decode import Child
    from microservice_operator.model import Kind
    from microservice_operator.status import Rollout


log = logging.getLogger(__name__)

MOST_GRAVES = 1000


class Wake(Protocol):
    """Who wants to know which Microservice has to look again."""

    def __call__(self, namespace: str, name: str, *, urgent: bool) -> None:
        """Take note of it."""


class Place(NamedTuple):
    """Where a child lives; there is one object of a kind and name in a namespace."""

    kind: str
    namespace: str
    name: str


class Grave(NamedTuple):
    """Of a child that has ended: when, what it was found to match, and how many pods it wanted."""

    version: str = "0"
    verified: str | None = None
    wanted: int = 0


class Store:
    """The children of all Microservices, as the watches and our own writes tell of them.

    `wake` is called with namespace and name of each Microservice that has to look again; it is
    not urgent when a list, and no event, tells of the change.
    """

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._children: dict[Place, Child] = {}
        self._places: defaultdict[str, set[Place]] = defaultdict(set)
        self._routes: Counter[tuple[str, str]] = Counter()
        self._shared: defaultdict[str, set[Place]] = defaultdict(set)
        self._graves: dict[Place, Grave] = {}
        self._unreadable: set[Place | None] = set()
        self._urgent = True

    def __len__(self) -> int:
        """How many children live."""
        return len(self._children)

    def of(self, uid: str) -> list[Child]:
        """The children that the Microservice with this uid controls."""
        return [self._children[place] for place in self._places.get(uid, ())]

    def shared(self, namespace: str = "") -> list[Child]:
        """What serves a host for all Microservices that share it: in this namespace, or in any."""
        namespaces = [namespace] if namespace else list(self._shared)
        return [
            self._children[place] for each in namespaces for place in self._shared.get(each, ())
        ]

    def at(self, kind: str, namespace: str, name: str) -> Child | None:
        """Whoever has this name, if it carries our label."""
        return self._children.get(Place(kind, namespace, name))

    def routes_to(self, namespace: str, host: str) -> bool:
        """Whether a VirtualService of this namespace sends to this host."""
        return self._routes[namespace, host] > 0

    def lost(self, kind: str, namespace: str, name: str) -> str | None:
        """What a child of this name matched until somebody took it away; None if we did."""
        return self._graves.get(Place(kind, namespace, name), Grave()).verified

    def listed(self, kind: Kind, namespace: str, version: str, objects: Iterable[bytes]) -> None:
        """Take a whole list: what it does not hold is gone, unless we wrote it since."""
        self._urgent = False
        try:
            self._compare(kind, namespace, version, [self._read(kind, raw) for raw in objects])
        finally:
            self._urgent = True

    def _compare(
        self, kind: Kind, namespace: str, version: str, children: Iterable[Child | Place | None]
    ) -> None:
        there = set()
        for child in children:
            if isinstance(child, decode.Child):
                there.add(_place(child))
                self._observe(child)
            elif child is not None:
                there.add(child)  # whatever has become of it, it is not gone
        gone = [
            place
            for place, child in self._children.items()
            if place.kind == kind.name
            and namespace in ("", place.namespace)
            and place not in there
            and int(child.version) <= int(version)
        ]
        for place in gone:
            self._bury(place, version)
            self._lose(place)

    def seen(self, kind: Kind, raw: bytes) -> None:
        """Take one event of a watch."""
        child = self._read(kind, raw)
        if isinstance(child, decode.Child):
            self._observe(child)

    def gone(self, kind: Kind, raw: bytes) -> None:
        """Take the end of a child, unless we know a later state, or another object of its name."""
        child = self._read(kind, raw)
        if not isinstance(child, decode.Child):
            return
        place = _place(child)
        known = self._children.get(place)
        if known is not None and known.uid == child.uid and not _older(child, known):
            self._bury(place, child.version)
            self._lose(place)

    def written(self, child: Child, verified: str | None) -> None:
        """Take the answer to our own write: its echo on the watch will be no news.

        Of a child that has ended or was replaced meanwhile, the watch has told already.
        """
        place = _place(child)
        known = self._children.get(place)
        latest = known.version if known else self._graves.get(place, Grave()).version
        if int(child.version) >= int(latest):
            self._put(replace(child, verified=verified, raw=None if verified else child.raw))

    def read(self, child: Child) -> None:
        """Take what a read says of a child that we know: its bytes are here again."""
        known = self._children.get(_place(child))
        if known is not None and known.uid == child.uid and not _older(child, known):
            self._put(replace(child, verified=known.verified, formerly=known.formerly))

    def give_up(self, kind: str, namespace: str, name: str, uid: str) -> None:
        """We are about to delete this child: when its end is told, nobody took it from us."""
        child = self.at(kind, namespace, name)
        if child is not None and child.uid == uid:
            child.verified = None

    def last_number(self, kind: str, namespace: str, name: str) -> int:
        """How many pods a child of this name wanted when it ended; 0 if nothing is known of it."""
        return self._graves.get(Place(kind, namespace, name), Grave()).wanted

    def leaving(self, kind: str, namespace: str, name: str, uid: str) -> None:
        """We have deleted this child; until its end is told it is there, but not for long."""
        child = self.at(kind, namespace, name)
        if child is not None and child.uid == uid:
            child.deleting = True

    def verify(self, child: Child, digest: str) -> None:
        """This child was found to match the manifest with this digest: its bytes may go."""
        child.verified = digest
        child.raw = None

    def _read(self, kind: Kind, raw: bytes) -> Child | Place | None:
        """The child; of one that makes no sense its place, if that does, and one complaint."""
        try:
            return decode.child(kind, raw)
        except msgspec.MsgspecError as error:
            named = decode.named(raw)
            place = Place(kind.name, *named) if named else None
            if place not in self._unreadable:
                self._unreadable.add(place)
                about = {"child": f"{kind.name}/{named[1]}", "namespace": named[0]} if named else {}
                log.warning(
                    "child skipped", extra={"kind": kind.name, "error": str(error), **about}
                )
            return place

    def dismiss(self, kind: Kind) -> None:
        """The cluster has this kind no more: nobody took its objects from us."""
        for place in [place for place in self._children if place.kind == kind.name]:
            self._unlink(place)
            del self._children[place]
        for place in [place for place in self._graves if place.kind == kind.name]:
            del self._graves[place]

    def overlook(self, kind: str, namespace: str, name: str) -> None:
        """Nobody compares this child for now: its bytes may go, and what it matched is unknown."""
        child = self.at(kind, namespace, name)
        if child is not None and child.raw is not None:
            child.raw = child.verified = None

    def _observe(self, child: Child) -> None:
        place = _place(child)
        known = self._children.get(place)
        if known is not None and known.uid == child.uid:
            if _older(child, known):
                return
            if known.digest == child.digest:
                self._refresh(known, child)
                return
            child.verified = known.verified
            child.formerly = known.owner or known.formerly
        self._put(child)
        self._tell(child, known)

    def _refresh(self, known: Child, child: Child) -> None:
        """Nothing that is desired has changed: it only matters how far the pods have come."""
        known.version, known.finalizers = child.version, child.finalizers
        if known.raw is not None:
            known.raw = child.raw
        known.held = child.held
        if child.blind != known.blind or _is_news(child.rollout, known.rollout):
            known.blind, known.rollout = child.blind, child.rollout
            self._tell(known, None)

    def _put(self, child: Child) -> None:
        place = _place(child)
        self._unlink(place)
        self._children[place] = child
        self._routes.update((place.namespace, host) for host in child.destinations)
        if child.microservice is not None:
            self._places[child.microservice.uid].add(place)
        if child.site is not None:
            self._shared[child.namespace].add(place)

    def _lose(self, place: Place) -> None:
        self._tell(self._children[place], None)
        self._unlink(place)
        del self._children[place]

    def _bury(self, place: Place, version: str) -> None:
        """Remember the end for as long as an answer to a write may be on its way."""
        self._graves.pop(place, None)
        child = self._children[place]
        wanted = child.rollout.wanted if child.rollout else 0
        self._graves[place] = Grave(version, child.verified, wanted)
        if len(self._graves) > MOST_GRAVES:
            del self._graves[next(iter(self._graves))]

    def _unlink(self, place: Place) -> None:
        known = self._children.get(place)
        for host in known.destinations if known else ():
            self._routes[place.namespace, host] -= 1
            if not self._routes[place.namespace, host]:
                del self._routes[place.namespace, host]
        if known is not None and known.microservice is not None:
            _discard(self._places, known.microservice.uid, place)
        if known is not None and known.site is not None:
            _discard(self._shared, known.namespace, place)

    def _tell(self, child: Child, before: Child | None) -> None:
        """Wake the owner, the owner before, and who would like to have the name."""
        owners = (child.owner, child.formerly, before and before.owner)
        for name in {child.name, *(owner.name for owner in owners if owner)}:
            self._wake(child.namespace, name, urgent=self._urgent)


def _is_news(rollout: Rollout | None, known: Rollout | None) -> bool:
    """Whether the pods have come further, or not as far; an edit of no matter is about to pass."""
    about_to_pass = known is not None and known.complete and rollout and not rollout.current
    return rollout != known and not about_to_pass


def _discard(places: dict[str, set[Place]], key: str, place: Place) -> None:
    """Leave no empty set behind."""
    places[key].discard(place)
    if not places[key]:
        del places[key]


def _place(child: Child) -> Place:
    return Place(child.kind.name, child.namespace, child.name)


def _older(child: Child, known: Child) -> bool:
    """Whether we know a later state of the same object already."""
    return child.uid == known.uid and int(child.version) < int(known.version)
