"""The roll: who has been understood since we began to act.

What a host serves is composed of the claims of all, so none of them may be missing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from microservice_operator.engine.queue import Key
    from microservice_operator.routing.holding import Host

EVERYWHERE = ""


class Roll:
    """Tells when all Microservices of a namespace, or of all of them, have been understood.

    Who comes later is new, so nothing of his can be live: nobody waits for him. `wake` is called
    with each host that was waiting.
    """

    def __init__(self, namespaces: Sequence[str], wake: Callable[[Host], None]) -> None:
        self._uncounted = set(namespaces or (EVERYWHERE,))
        self._unseen = set(self._uncounted)
        self._missing: defaultdict[str, set[Key]] = defaultdict(set)
        self._understood: set[Key] = set()
        self._parked: set[Host] = set()
        self._parked_for_all: set[Host] = set()
        self._wake = wake

    def begin(self, keys: Iterable[Key]) -> None:
        """We act from now on; what these wanted when we acted before is of no interest."""
        self._understood.clear()
        self._missing.clear()
        for key in keys:
            self._missing[key.namespace].add(key)

    def came(self, key: Key) -> None:
        """There is this one, too."""
        if key not in self._understood and not self.complete(key.namespace):
            self._missing[key.namespace].add(key)

    def understood(self, key: Key) -> None:
        """What this one claims is known."""
        self._understood.add(key)
        self._found(key)

    def left(self, key: Key) -> None:
        """This one is gone: nobody waits for him."""
        self._understood.discard(key)
        self._found(key)

    def counted(self, namespace: str, *, seen: bool) -> None:
        """All are in sight that there are in this namespace; unless it may not be seen."""
        self._unseen.discard(namespace)
        if seen:
            self._uncounted.discard(namespace)
        self._release()

    def complete(self, namespace: str) -> bool:
        """Whether all claims of this namespace are known."""
        counted = self._uncounted.isdisjoint({namespace, EVERYWHERE})
        return counted and not self._missing.get(namespace)

    def waits(self, host: Host, *, everywhere: bool) -> bool:
        """Whether this host has to wait for its namespace, or for all; it is woken when not."""
        if not self.complete(host.namespace):
            self._parked.add(host)
            return True
        if everywhere and not self._complete_everywhere:
            self._parked_for_all.add(host)
            return True
        return False

    @property
    def _complete_everywhere(self) -> bool:
        """Whether the claims of all namespaces are known that we may see."""
        return not self._unseen and not self._missing

    def _found(self, key: Key) -> None:
        missing = self._missing.get(key.namespace)
        if missing is None:
            return
        missing.discard(key)
        if not missing:
            del self._missing[key.namespace]
            self._release()

    def _release(self) -> None:
        """Those whose namespace is complete, or for whom all must be, look again."""
        ready = {host for host in self._parked if self.complete(host.namespace)}
        self._parked -= ready
        if self._complete_everywhere:
            ready |= self._parked_for_all
            self._parked_for_all.clear()
        for host in ready:
            self._wake(host)
